"""Methods about the state of a job's policy, and the rewards that it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.errors import BadValueError
from simulator.service.layer.checks import stored_real, stored_whole
from simulator.service.layer.fetched import Fetched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.service.layer.repositories.policies import PolicyRows
    from simulator.service.model import Job

__all__ = ["PolicyMethods"]

#: The largest revision.
_LARGEST_REVISION = 2**63 - 1


class PolicyMethods(Fetched):
    """Policies of a session's jobs."""

    async def get_policy_rows(self, job_id: str) -> PolicyRows:
        """Read what is stored of a job's policy, but for its arms and rewards.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        """
        self._fetched_job(job_id)
        return await self._policies.get(job_id)

    async def update_policy(
        self,
        job_id: str,
        *,
        revision: int,
        state: Any = None,
        generator: Mapping[str, str] | None = None,
        power: Any = None,
        n_observed: int | None = None,
        exhausted: bool | None = None,
    ) -> Job:
        """Store what changed of a job's policy; what is None stays as it is.

        Parameters
        ----------
        job_id
            Whose policy.
        revision
            A new random number of 63 bits, so that copies of the old state are known to be stale.
        state, power
            State of the policies that choose batch sizes and power limits, as plain data for ``json.dumps``.
        generator
            Where the job's stream of draws stands: `simulator.policy.stream.RandomStream.to_plain`.
        n_observed
            Results that the policy was told.
        exhausted
            Whether it has nothing left to choose.

        Returns
        -------
        Job
            The job as stored.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        BadValueError
            If a value cannot be stored.
        """
        job = self._fetched_job(job_id)
        changes: dict[str, Any] = {"revision": stored_whole("revision", revision, least=0, most=_LARGEST_REVISION)}
        if n_observed is not None:
            changes["n_observed"] = stored_whole("n_observed", n_observed, least=0)
        if exhausted is not None:
            changes["exhausted"] = bool(exhausted)
        await self._policies.update(job_id, changes, state=state, generator=generator, power=power)
        self._job = replace(job, **changes)
        return self._job

    async def get_rewards(self, job_id: str, *, since: Sequence[int] | None = None) -> list[list[float]]:
        """Read the rewards that a job's policy was told, by position of the batch size, each in the order told.

        Parameters
        ----------
        job_id
            Whose rewards.
        since
            How many of each position are known already, shape (n_sizes,), and left out; None: none are.

        Returns
        -------
        list of list of float
            Rewards, shape (n_sizes, n_told).

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        BadValueError
            If `since` does not have a number for each batch size.
        """
        job = self._fetched_job(job_id)
        n_sizes = len(job.spec.batch_sizes)
        if since is not None and len(since) != n_sizes:
            raise BadValueError(f"since has {len(since)} numbers; job {job_id!r} has {n_sizes} batch sizes")
        rewards: list[list[float]] = [[] for _ in range(n_sizes)]
        for position, value in await self._rewards.get(job_id, since):
            rewards[position].append(value)
        return rewards

    async def append_rewards(self, job_id: str, rewards: Sequence[tuple[int, int, float]]) -> None:
        """Store rewards that a job's policy was told.

        Parameters
        ----------
        job_id
            Whose rewards.
        rewards
            For each the position of its batch size, how many that one had before, and the reward (−cost [J]).

        Raises
        ------
        BadOperationError
            If the job was not fetched, or such a reward is stored already: rewards are never changed.
        BadValueError
            If a position is none of the job's, or a reward is not finite.
        """
        job = self._fetched_job(job_id)
        rows = [
            (
                stored_whole("position", position, least=0, most=len(job.spec.batch_sizes) - 1),
                stored_whole("at", at, least=0),
                stored_real("reward", value),
            )
            for position, at, value in rewards
        ]
        if rows:
            await self._rewards.append(job_id, rows)
