"""Paths of jobs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError

from simulator.service.deciding.results import RecordedRun
from simulator.service.http.ids import storable
from simulator.service.http.problems import Json, invalid
from simulator.service.http.v1.answers import (
    Arms,
    Costs,
    JobPage,
    JobView,
    Trials,
    arm_view,
    job_view,
    trial_view,
)
from simulator.service.http.v1.bodies import Runs, carries, read
from simulator.service.http.v1.parameters import AfterId, JobId, Key, Limit, Prefix, refusals
from simulator.service.model import JobSpec, Stage

__all__ = ["router"]

router = APIRouter(tags=["Jobs"])


@router.post(
    "/v1/jobs",
    status_code=201,
    response_model=JobView,
    responses=refusals(400, 409, 413, 415)
    | {200: {"model": JobView, "description": "An equal job is registered already"}},
    openapi_extra=carries(JobSpec),
)
async def register(request: Request, key: Key = None) -> Json:
    """Register a job, or make sure that it is registered."""
    try:
        spec = await read(request, JobSpec)
    except RequestValidationError as error:
        return invalid(request.scope, error.errors(), kind="spec")
    dispatcher = request.app.state.dispatcher
    registered = await dispatcher.register(spec, key=key)
    standing = await dispatcher.standing(registered.job.job_id)
    return Json(job_view(standing), 201 if registered.created else 200)


@router.get("/v1/jobs", response_model=JobPage)
async def list_jobs(
    request: Request, after: AfterId | None = None, limit: Limit = 100, prefix: Prefix = "", stage: Stage | None = None
) -> Json:
    """List jobs by id."""
    found = await request.app.state.dispatcher.list_standings(after=after, limit=limit + 1, prefix=prefix, stage=stage)
    shown = [job_view(one) for one in found[:limit]]
    return Json({"items": shown, "next": shown[-1]["job_id"] if len(found) > limit else None})


@router.get("/v1/jobs/{job_id:id}", response_model=JobView, responses=refusals(404))
async def get_job(request: Request, job_id: JobId) -> Json:
    """Read a job, where it stands, and its sums."""
    return Json(job_view(await request.app.state.dispatcher.standing(storable(job_id))))


@router.delete("/v1/jobs/{job_id:id}", status_code=204, response_model=None, responses=refusals(404))
async def delete(request: Request, job_id: JobId) -> Response:
    """Delete a job and all its trials."""
    await request.app.state.dispatcher.delete(storable(job_id))
    return Response(status_code=204)


@router.get("/v1/jobs/{job_id:id}/arms", response_model=Arms, responses=refusals(404))
async def arms(request: Request, job_id: JobId) -> Json:
    """Read what the policy believes of each batch size; nothing while it has no such beliefs."""
    found = await request.app.state.dispatcher.get_arms(storable(job_id))
    return Json({"items": [arm_view(arm) for arm in found]})


@router.get("/v1/jobs/{job_id:id}/costs", response_model=Costs, responses=refusals(404))
async def costs(request: Request, job_id: JobId) -> Json:
    """Read what the trials of each batch size came to."""
    found: list[Any] = await request.app.state.dispatcher.costs(storable(job_id))
    return Json({"items": [vars(one) for one in found]})


@router.post(
    "/v1/jobs/{job_id:id}/runs",
    status_code=201,
    response_model=Trials,
    responses=refusals(400, 404, 409, 413, 415),
    openapi_extra=carries(Runs),
)
async def record(request: Request, job_id: JobId, key: Key = None) -> Json:
    """Enter runs that took place without the service, so that the policy need not begin from nothing."""
    body = await read(request, Runs)
    runs = [RecordedRun(**vars(run)) for run in body.runs]
    entered = await request.app.state.dispatcher.record(storable(job_id), runs, key=key)
    return Json({"items": [trial_view(trial) for trial in entered]}, 201)
