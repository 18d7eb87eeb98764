"""Methods about arms: made when pruning is over, changed with every result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import BadOperationError, BadValueError
from simulator.service.layer.checks import LARGEST, stored_whole
from simulator.service.layer.fetched import Fetched
from simulator.service.model import Stage, TrialType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.service.model import Arm, Job

__all__ = ["ArmMethods"]


class ArmMethods(Fetched):
    """Arms of a session's jobs."""

    async def get_arms(self, job_id: str) -> list[Arm]:
        """All arms of a job, by batch size in ascending order."""
        return await self._arms.all(job_id)

    async def get_arm(self, job_id: str, batch_size: int) -> Arm | None:
        """Fetch an arm, and remember it; None if there is none, and what was remembered before stays remembered."""
        arm = await self._arms.get(job_id, batch_size) if 1 <= batch_size <= LARGEST else None
        if arm is not None:
            self._arm = arm
        return arm

    async def create_arms(self, arms: Sequence[Arm]) -> None:
        """Store new arms of one job.

        Raises
        ------
        BadOperationError
            If their job was not fetched, or has one of them already.
        BadValueError
            If they are not all of one job, or of a batch size that it does not have.
        """
        if not arms:
            return
        self._check_arms(arms)
        if await self._arms.create(arms) < len(arms):
            raise BadOperationError(
                f"job {arms[0].job_id!r} has arms of {sorted(arm.batch_size for arm in arms)} already, or some of them"
            )

    async def update_arm_state(self, job_id: str, batch_size: int | None, number: int, arm: Arm) -> Arm:
        """Store what a trial's result did to the belief about an arm.

        Parameters
        ----------
        job_id, batch_size, number
            The trial; see `get_trial`.
        arm
            The arm as it is now.

        Raises
        ------
        BadOperationError
            If job or trial were not fetched; if the trial says nothing about arms: it explores, or it was handed out
            beside an exploration in a job that has no arms yet.
        BadValueError
            If this arm was not fetched, or its numbers cannot be stored.

        Notes
        -----
        The published service takes trials of type MAB alone, so that a trial handed out beside the last explorations
        is refused when it reports after they ended. Here it counts.
        """
        job = self._fetched_job(job_id)
        trial = self._fetched_trial(job_id, batch_size, number)
        if trial.type != TrialType.MAB and (trial.type, job.stage) != (TrialType.CONCURRENT, Stage.MAB):
            raise BadOperationError(
                f"trial {number} of job {job_id!r} is of type {trial.type.value} in stage {job.stage.value}; arms "
                "learn from trials of type MAB, and in stage MAB from those of type Concurrent"
            )
        if self._arm is None or (self._arm.job_id, self._arm.batch_size) != (arm.job_id, arm.batch_size):
            raise BadValueError(
                f"the arm of batch size {arm.batch_size} of job {arm.job_id!r} was not fetched in this session; call "
                "get_arm first"
            )
        if arm.job_id != job_id:
            raise BadValueError(f"the arm is of job {arm.job_id!r}, the trial of job {job_id!r}")
        stored_whole("n_observations", arm.n_observations, least=0)
        await self._arms.put([arm])
        self._arm = arm
        return arm

    async def put_arms(self, arms: Sequence[Arm]) -> None:
        """Store arms of one job, whether they are new or not: the beliefs of a policy as a whole.

        Raises
        ------
        BadOperationError
            If their job was not fetched.
        BadValueError
            If they are not all of one job, or of a batch size that it does not have.
        """
        if arms:
            self._check_arms(arms)
            await self._arms.put(arms)

    def _check_arms(self, arms: Sequence[Arm]) -> Job:
        job = self._fetched_job(arms[0].job_id)
        sizes = [arm.batch_size for arm in arms]
        if any(arm.job_id != job.job_id for arm in arms):
            raise BadValueError(f"the arms are of several jobs, {sorted({arm.job_id for arm in arms})}")
        if len(set(sizes)) < len(sizes) or not set(sizes) <= set(job.spec.batch_sizes):
            raise BadValueError(f"arms of {sizes}; give one each of batch sizes {list(job.spec.batch_sizes)}")
        for arm in arms:
            stored_whole("n_observations", arm.n_observations, least=0)
        return job
