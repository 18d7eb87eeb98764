"""Methods that draw from a job's own stream of random numbers, and store where it stands afterwards."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from simulator.errors import BadValueError
from simulator.policy.stream import RandomStream
from simulator.service.layer.checks import stored_real
from simulator.service.layer.methods.policies import PolicyMethods

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DrawMethods"]


class DrawMethods(PolicyMethods):
    """Draws of a session. A job's draws are those of one continuous generator, over all sessions and restarts."""

    async def get_random_choices(self, job_id: str, choices: Sequence[int]) -> list[int]:
        """Draw an order of things: ``Generator.choice(choices, len(choices), replace=False)``.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        BadValueError
            If there is nothing to choose from, or the job has no stream.

        Notes
        -----
        The draw is one of the stream that the job's policy draws from, and changes the job's revision, so that no
        copy of the policy's state goes on from the old position.
        """
        self._fetched_job(job_id)
        if not choices:
            raise BadValueError("there is nothing to choose from; give one choice at least")
        stream = await self._stream(job_id)
        drawn = stream.choices(choices)
        await self._keep(job_id, stream)
        return drawn

    async def get_normal(self, job_id: str, loc: float, scale: float) -> float:
        """Draw a normal number: ``Generator.normal(loc, scale)``.

        Parameters
        ----------
        job_id
            Whose stream is drawn from.
        loc, scale
            Mean and standard deviation.

        Raises
        ------
        BadOperationError
            If the job was not fetched.
        BadValueError
            If a number is not finite, the standard deviation is negative, or the job has no stream.
        """
        self._fetched_job(job_id)
        loc, scale = stored_real("loc", loc), stored_real("scale", scale, least=0)
        stream = await self._stream(job_id)
        drawn = stream.normal(loc, scale)
        await self._keep(job_id, stream)
        return drawn

    async def _stream(self, job_id: str) -> RandomStream:
        plain = await self._policies.generator(job_id)
        if plain is None:
            raise BadValueError(f"job {job_id!r} has no stored stream of draws; delete it and register it again")
        return RandomStream.from_plain(plain)

    async def _keep(self, job_id: str, stream: RandomStream) -> None:
        await self.update_policy(job_id, revision=secrets.randbits(63), generator=stream.to_plain())
