"""Paths of trials."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from simulator.service.http.ids import storable
from simulator.service.http.problems import Json
from simulator.service.http.v1.answers import (
    Chosen,
    DispatchedView,
    ReportedView,
    TrialPage,
    TrialView,
    WhyView,
    arm_view,
    trial_view,
)
from simulator.service.http.v1.bodies import Finish, Order, Profile, Report, carries, read
from simulator.service.http.v1.parameters import AfterNumber, JobId, Key, Limit, Number, refusals
from simulator.service.model import TrialStatus  # noqa: TC001  # FastAPI reads annotations

if TYPE_CHECKING:
    from simulator.service.deciding.results import Reported

__all__ = ["router"]

router = APIRouter(tags=["Trials"])

TRIALS = "/v1/jobs/{job_id:id}/trials"
TRIAL = TRIALS + "/{number}"


@router.post(
    TRIAL + "/report",
    response_model=ReportedView,
    responses=refusals(400, 404, 409, 413, 415),
    openapi_extra=carries(Report),
)
async def report(request: Request, job_id: JobId, number: Number) -> Json:
    """Say how a trial gets on; the answer says whether it shall stop. A final report may be repeated."""
    body = await read(request, Report)
    reported = await request.app.state.dispatcher.report(
        storable(job_id),
        None,
        number,
        energy_j=body.energy_j,
        time_s=body.time_s,
        metric=math.nan if body.metric is None else body.metric,
        epoch=body.epoch,
    )
    return Json(_reported(reported))


@router.post(
    TRIALS,
    status_code=201,
    response_model=DispatchedView,
    responses=refusals(400, 404, 409, 413, 415),
    openapi_extra=carries(Order, required=False),
)
async def dispatch(request: Request, job_id: JobId, key: Key = None) -> Json:
    """Hand out a trial."""
    order = await read(request, Order, empty=b"{}")
    dispatched = await request.app.state.dispatcher.dispatch(storable(job_id), key=key, batch_size=order.batch_size)
    limits = dispatched.profile_limits_w
    shown = {"trial": trial_view(dispatched.trial), "profile_limits_w": None if limits is None else list(limits)}
    return Json(shown, 201)


@router.post(TRIAL + "/heartbeat", response_model=TrialView, responses=refusals(404, 409))
async def heartbeat(request: Request, job_id: JobId, number: Number) -> Json:
    """Say that a trial is alive, though it has nothing to report yet."""
    return Json(trial_view(await request.app.state.dispatcher.heartbeat(storable(job_id), number)))


@router.post(
    TRIAL + "/profile",
    response_model=Chosen,
    responses=refusals(400, 404, 409, 413, 415),
    openapi_extra=carries(Profile),
)
async def profile(request: Request, job_id: JobId, number: Number) -> Json:
    """Say what an epoch takes at each power limit; the answer is the limit to train with."""
    body = await read(request, Profile)
    measured = [(one.power_limit_w, one.power_w, one.time_s) for one in body.measurements]
    chosen = await request.app.state.dispatcher.profile(storable(job_id), number, measured)
    return Json({"power_limit_w": chosen})


@router.post(
    TRIAL + "/finish",
    response_model=ReportedView,
    responses=refusals(400, 404, 409, 413, 415),
    openapi_extra=carries(Finish),
)
async def finish(request: Request, job_id: JobId, number: Number) -> Json:
    """Say what a trial came to, where the caller knows it, as a replay does."""
    body = await read(request, Finish)
    return Json(_reported(await request.app.state.dispatcher.finish(storable(job_id), number, **vars(body))))


@router.post(TRIAL + "/end", response_model=TrialView, responses=refusals(404))
async def end(request: Request, job_id: JobId, number: Number) -> Json:
    """End a trial without a result; one that has ended stays as it is."""
    return Json(trial_view(await request.app.state.dispatcher.end(storable(job_id), None, number)))


@router.get(TRIALS, response_model=TrialPage, responses=refusals(404))
async def list_trials(
    request: Request, job_id: JobId, after: AfterNumber = 0, limit: Limit = 100, status: TrialStatus | None = None
) -> Json:
    """List trials by number."""
    found = await request.app.state.dispatcher.list_trials(
        storable(job_id), after=after, limit=limit + 1, status=status
    )
    shown = [trial_view(trial) for trial in found[:limit]]
    return Json({"items": shown, "next": shown[-1]["number"] if len(found) > limit else None})


@router.get(TRIAL, response_model=TrialView, responses=refusals(404))
async def get_trial(request: Request, job_id: JobId, number: Number) -> Json:
    """Read a trial."""
    return Json(trial_view(await request.app.state.dispatcher.get_trial(storable(job_id), number)))


@router.get(TRIAL + "/why", response_model=WhyView, responses=refusals(404))
async def why(request: Request, job_id: JobId, number: Number) -> Json:
    """Say why a trial has its batch size, and what became of it."""
    said = await request.app.state.dispatcher.explain(storable(job_id), number)
    shown = vars(said) | {"trial": trial_view(said.trial), "arms": [arm_view(arm) for arm in said.arms]}
    return Json(shown)


def _reported(reported: Reported) -> dict[str, Any]:
    return vars(reported) | {"trial": trial_view(reported.trial)}
