"""Methods about jobs: registered, fetched, moved to the next stage, deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.errors import BadValueError
from simulator.policy.stream import RandomStream
from simulator.service.layer.checks import stored_text, stored_whole
from simulator.service.layer.fetched import Fetched
from simulator.service.model import Stage

if TYPE_CHECKING:
    from simulator.service.model import Job, JobSpec

__all__ = ["JobMethods"]


class JobMethods(Fetched):
    """Jobs of a session."""

    async def get_job(self, job_id: str, *, lock: bool = False) -> Job | None:
        """Fetch a job, and remember it.

        Parameters
        ----------
        job_id
            Its name.
        lock
            Whether other transactions that lock the job shall wait for the end of this one. On SQLite a transaction
            that writes has locked everything already.

        Returns
        -------
        Job or None
            None if there is none; what was remembered before stays remembered.
        """
        job = await self._jobs.get(job_id, lock=lock)
        if job is not None:
            self._job = job
        return job

    async def create_job(self, spec: JobSpec, *, seed: int) -> Job:
        """Register a job: stage Pruning, no lowest cost, its stream of draws at the beginning.

        The job does not count as fetched. Trial numbers go on where those of a deleted job of this name ended.

        Parameters
        ----------
        spec
            What the job says of itself, with a name.
        seed
            Seed of its draws, 0 or above; ``spec.seed`` if it has one.

        Raises
        ------
        BadValueError
            If it has no name, or the seed is not a whole number of 0 or above.
        JobConflictError
            If there is a job of this name.
        """
        if spec.job_id is None:
            raise BadValueError("a job needs a job_id before it can be stored")
        stored_text("job_id", spec.job_id)
        seed = stored_whole("seed", seed, least=0, most=None)
        return await self._jobs.create(
            spec, seed=seed, generator=RandomStream(seed).to_plain(), created_at=self._clock()
        )

    async def update_job_stage(self, job_id: str, stage: Stage = Stage.MAB) -> Job:
        """Move a job on to the stage MAB; there is no way back.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        BadValueError
            If the stage is not MAB.
        """
        job = self._fetched_job(job_id)
        if stage != Stage.MAB:
            raise BadValueError(f"stage is {stage!r}; a job can only be moved on to {Stage.MAB.value!r}")
        await self._jobs.update(job_id, stage=Stage.MAB)
        self._job = replace(job, stage=Stage.MAB)
        return self._job

    async def update_exp_default_bs(self, job_id: str, batch_size: int) -> Job:
        """Store another batch size from which exploration starts.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        BadValueError
            If the batch size is not a whole number above 0.
        """
        job = self._fetched_job(job_id)
        size = stored_whole("batch_size", batch_size, least=1)
        await self._jobs.update(job_id, exp_default_batch_size=size)
        self._job = replace(job, exp_default_batch_size=size)
        return self._job

    async def delete_job(self, job_id: str) -> bool:
        """Delete a job with its trials, arms, rewards and the idempotency keys in its scope.

        Only the number of its last trial is kept.

        Returns
        -------
        bool
            Whether there was one.
        """
        found = await self._jobs.delete(job_id)
        if self._job is not None and self._job.job_id == job_id:
            self._job = None
        if self._trial is not None and self._trial.job_id == job_id:
            self._trial = None
        if self._arm is not None and self._arm.job_id == job_id:
            self._arm = None
        return found
