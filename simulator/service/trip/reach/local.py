"""A service in this process, on a database of its own or on a server's."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.service.database import Database, check_version, migrate
from simulator.service.deciding.dispatcher import Dispatcher
from simulator.service.settings import Settings
from simulator.service.trip.reach.live import JobHistory
from simulator.service.trip.reach.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.service.deciding.results import Dispatched, JobStanding, RecordedRun
    from simulator.service.model import JobSpec, Origin, Trial

__all__ = ["LocalService", "temporary_service"]

#: Trials, or jobs, that are read at once.
_PAGE = 500


class LocalService:
    """A service in this process.

    Parameters
    ----------
    url
        Its database, as `simulator.service.settings.Settings` takes it.
    migrates
        Whether a database that is new or old is brought up to date; otherwise it is refused.

    Raises
    ------
    DatabaseError
        If the database cannot be used.
    """

    def __init__(self, url: str, *, migrates: bool = False) -> None:
        self._loop = Loop()
        try:
            self._loop.run(migrate(url) if migrates else check_version(url))
            self._database = Database(url)
        except BaseException:
            self._loop.close()
            raise
        self._dispatcher = Dispatcher(self._database, Settings(database_url=url))

    def register(self, spec: JobSpec) -> str:
        """Register a job; returns its id."""
        return self._loop.run(self._dispatcher.register(spec)).job.job_id

    def dispatch(self, job_id: str, *, batch_size: int | None = None) -> Dispatched:
        """Hand out a trial."""
        return self._loop.run(self._dispatcher.dispatch(job_id, batch_size=batch_size))

    def profile(self, job_id: str, number: int, measurements: Sequence[tuple[int, float, float]]) -> int:
        """Tell what an epoch takes at each power limit; returns the limit chosen [W]."""
        return self._loop.run(self._dispatcher.profile(job_id, number, measurements))

    def finish(
        self,
        job_id: str,
        number: int,
        *,
        energy_j: float,
        time_s: float,
        converged: bool,
        cost: float,
        epoch: int,
        origin: Origin,
    ) -> bool:
        """Tell what a trial came to; returns whether the policy was told."""
        told = self._dispatcher.finish(
            job_id, number, energy_j=energy_j, time_s=time_s, converged=converged, cost=cost, epoch=epoch, origin=origin
        )
        return self._loop.run(told).trial.observation is not None

    def record(self, job_id: str, runs: Sequence[RecordedRun], *, key: str) -> list[Trial]:
        """Enter runs that were recorded elsewhere, once for each key."""
        return self._loop.run(self._dispatcher.record(job_id, runs, key=key))

    def history(self, job_id: str) -> JobHistory:
        """Read a job and all its trials."""
        return self._loop.run(self._history(job_id))

    async def _history(self, job_id: str) -> JobHistory:
        job = await self._dispatcher.get_job(job_id)
        trials: list[Trial] = []
        while page := await self._dispatcher.list_trials(job_id, after=trials[-1].number if trials else 0, limit=_PAGE):
            trials += page
        return JobHistory(job, trials)

    def standings(self, prefix: str = "") -> list[JobStanding]:
        """Read all jobs whose ids begin so, by id, with their sums."""
        found: list[JobStanding] = []
        while page := self._loop.run(
            self._dispatcher.list_standings(after=found[-1].job.job_id if found else None, limit=_PAGE, prefix=prefix)
        ):
            found += page
        return found

    def delete(self, job_id: str) -> None:
        """Delete a job and all that is under it."""
        self._loop.run(self._dispatcher.delete(job_id))

    def close(self) -> None:
        """Close the database."""
        try:
            self._loop.run(self._database.close())
        finally:
            self._loop.close()


@contextmanager
def temporary_service() -> Iterator[LocalService]:
    """Offer a service on a database that vanishes with it.

    Yields
    ------
    LocalService
        The service.
    """
    with tempfile.TemporaryDirectory(prefix="simulator-rehearsal-", ignore_cleanup_errors=True) as folder:
        service = LocalService(f"sqlite:///{Path(folder) / 'rehearsal.db'}", migrates=True)
        try:
            yield service
        finally:
            service.close()
