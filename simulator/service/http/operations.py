"""Paths for those who run the server."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from simulator.errors import DatabaseError
from simulator.service.http.problems import Json
from simulator.service.model import TrialStatus

__all__ = ["router"]


class Health(BaseModel):
    """Whether the server can do its work."""

    status: str


router = APIRouter(tags=["Operations"])


@router.get("/healthz", response_model=Health, responses={503: {"model": Health, "description": "It cannot"}})
async def healthz(request: Request) -> Json:
    """Tell whether the server can do its work: the database is asked."""
    try:
        await request.app.state.dispatcher.ping()
    except DatabaseError:
        return Json({"status": "the database does not answer"}, 503)
    return Json({"status": "ok"})


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE_LATEST.partition(";")[0]: {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Count requests, jobs and trials, for Prometheus."""
    totals = await request.app.state.dispatcher.totals()
    jobs = {str(stage): number for stage, number in totals.jobs.items()} | {"Exhausted": totals.exhausted}
    text = request.app.state.metrics.text(jobs, {str(TrialStatus.DISPATCHED): totals.running})
    return Response(text, media_type=CONTENT_TYPE_LATEST)
