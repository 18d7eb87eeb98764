"""What the five paths do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from simulator.errors import UnknownTrialError
from simulator.service.http.ids import storable
from simulator.service.http.legacy.models import Detail, LegacyJob, Message, ReportAnswer, TrainingResult, TrialId
from simulator.service.http.problems import Json
from simulator.service.http.v1.parameters import Key  # noqa: TC001  # FastAPI reads annotations
from simulator.service.model.spec import LARGEST

__all__ = ["PATHS", "router"]

#: All of them.
PATHS = frozenset({"/jobs", "/jobs/batch_size", "/report", "/trials"})


def _refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Describe the refusals of a path; those of bodies that cannot be read have a form of their own."""
    unread: dict[int | str, dict[str, Any]] = {code: {"model": Detail} for code in (400, 413)}
    return unread | {code: {"model": Message | Detail if code in unread else Message} for code in (*codes, 503)}


router = APIRouter(tags=["Published protocol"])

JobId = Annotated[str, Query(description="Which job.")]


@router.post("/report", response_model=ReportAnswer, responses=_refusals(400))
async def report(result: TrainingResult, request: Request) -> Json:
    """Say how a trial gets on; the answer says whether it shall stop."""
    _check(result)
    reported = await request.app.state.dispatcher.report(
        storable(result.job_id),
        result.batch_size,
        result.trial_number,
        energy_j=result.energy,
        time_s=result.time,
        metric=result.metric,
        epoch=result.current_epoch,
    )
    return Json({"stop_train": reported.stop, "converged": reported.converged, "message": reported.message})


@router.get("/jobs/batch_size", response_model=TrialId, responses=_refusals(400, 409))
async def predict(job_id: JobId, request: Request, key: Key = None) -> Json:
    """Hand out a trial. This makes one each time, though it is a GET, unless a key says that it was asked before."""
    trial = (await request.app.state.dispatcher.dispatch(storable(job_id), key=key)).trial
    return Json({"job_id": trial.job_id, "batch_size": trial.batch_size, "trial_number": trial.number})


@router.post(
    "/jobs",
    response_model=LegacyJob,
    status_code=201,
    responses={200: {"model": LegacyJob, "description": "An equal job is registered already"}, **_refusals(409)},
)
async def register(job: LegacyJob, request: Request) -> Json:
    """Register a job, or make sure that it is registered."""
    registered = await request.app.state.dispatcher.register(job.spec())
    return Json(job.echo(registered.job.job_id), 201 if registered.created else 200)


@router.patch("/trials", response_model=None, responses={200: {"description": "It has ended"}, **_refusals(404)})
async def end(trial: TrialId, request: Request) -> Json:
    """End a trial without a result; one that has ended stays as it is."""
    _check(trial)
    await request.app.state.dispatcher.end(storable(trial.job_id), trial.batch_size, trial.trial_number)
    return Json(None)


@router.delete("/jobs", response_model=None, responses={200: {"description": "It is gone"}, **_refusals(404)})
async def delete(job_id: JobId, request: Request) -> Json:
    """Delete a job and all its trials."""
    await request.app.state.dispatcher.delete(storable(job_id))
    return Json(None)


def _check(trial: TrialId) -> None:
    """Ask no database for numbers that it cannot hold."""
    if not (0 < trial.trial_number <= LARGEST and 0 < trial.batch_size <= LARGEST):
        raise UnknownTrialError(f"job {trial.job_id!r} has no trial {trial.trial_number} of size {trial.batch_size}")
