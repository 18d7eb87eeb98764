"""Jobs: registered once, deleted with everything under them."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from simulator.errors import JobConflictError
from simulator.service.deciding.results import Registered

if TYPE_CHECKING:
    from simulator.service.deciding.desk import Desk
    from simulator.service.model import Job, JobSpec

__all__ = ["delete", "register"]


async def register(desk: Desk, spec: JobSpec, key: str | None) -> Registered:
    """Register a job; see `Dispatcher.register`."""
    key = None if key is None else f"register:{key}"
    fingerprint = hashlib.sha256(json.dumps(spec.plain(), sort_keys=True).encode()).hexdigest()
    if answer := await desk.answered("", key, fingerprint):
        job = await desk.layer.get_job(answer["job_id"])
        if job is not None and not _differing(job, spec.model_copy(update={"job_id": job.job_id})):
            return Registered(job=job, created=False)
        await desk.layer.forget_key("", str(key))  # the job was deleted since, and perhaps another one has its name
    if spec.job_id is None:
        spec = spec.model_copy(update={"job_id": await _unused_id(desk, spec.job_id_prefix)})
    registered = await _create(desk, spec)
    await desk.answer("", key, fingerprint, {"job_id": registered.job.job_id})
    return registered


async def delete(desk: Desk, job_id: str) -> None:
    """Delete a job; see `Dispatcher.delete`."""
    await desk.open(job_id)
    await desk.layer.delete_job(job_id)
    desk.memory.forget(job_id)


async def _create(desk: Desk, spec: JobSpec) -> Registered:
    job_id = str(spec.job_id)
    job = await desk.layer.get_job(job_id, lock=True)
    if job is not None:
        _refuse_other(job, spec)
        return Registered(job=job, created=False)
    seed = secrets.randbits(63) if spec.seed is None else spec.seed
    return Registered(job=await desk.layer.create_job(spec, seed=seed), created=True)


async def _unused_id(desk: Desk, prefix: str) -> str:
    while await desk.layer.get_job(name := f"{prefix}-{secrets.token_hex(4)}") is not None:
        pass
    return name


def _refuse_other(job: Job, spec: JobSpec) -> None:
    mine, theirs = job.spec.plain(), spec.plain()
    if other := _differing(job, spec):
        told = "; ".join(f"{field} is {mine[field]} there and {theirs[field]} here" for field in other[:5])
        raise JobConflictError(f"job {job.job_id!r} is registered already, and not as this: {told}")


def _differing(job: Job, spec: JobSpec) -> list[str]:
    theirs = spec.plain()
    return [field for field, value in job.spec.plain().items() if theirs[field] != value]
