"""Jobs, moments and sessions for tests of the service layer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

from simulator.service.layer import ServiceLayer
from simulator.service.model import Arm, JobSpec, TrialStatus, TrialType

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.service.database import Database
    from simulator.service.model import Trial

#: When tests begin.
NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def a_spec(job_id: str = "resnet", **fields: Any) -> JobSpec:
    """Describe a job with three batch sizes."""
    plain: dict[str, Any] = {
        "job_id": job_id,
        "batch_sizes": (16, 32, 64),
        "default_batch_size": 32,
        "max_power_w": 300.0,
        "gpu": "a40",
        "seed": 1,
    }
    return JobSpec(**plain | fields)


def an_arm(job_id: str = "resnet", batch_size: int = 32, **fields: Any) -> Arm:
    """Believe something of a batch size."""
    plain: dict[str, Any] = {"mean": -1.5, "precision": 2.0, "reward_precision": 0.5, "n_observations": 4}
    return Arm(job_id=job_id, batch_size=batch_size, **plain | fields)


class Sessions:
    """Sessions with a database, one after another, each with a layer of its own."""

    def __init__(self, database: Database, run: Callable[[Awaitable[Any]], Any]) -> None:
        self.database = database
        self.run = run
        self.now = NOW

    def __call__(self, story: Callable[[ServiceLayer], Awaitable[Any]]) -> Any:
        """Run a story in a session that is committed."""
        return self.run(self.database.run(lambda session: story(ServiceLayer(session, clock=lambda: self.now))))

    def counted(self, story: Callable[[ServiceLayer], Awaitable[Any]]) -> list[tuple[str, Any]]:
        """Run a story and say which statements it sent, each with its parameters."""
        sent: list[tuple[str, Any]] = []

        async def listened(session: Any) -> None:
            def note(_one, _cursor, statement, parameters, _context, _many):
                sent.append((statement, parameters))

            bind = session.get_bind()
            await session.execute(text("SELECT 1"))  # what begins the transaction is not counted
            event.listen(bind, "before_cursor_execute", note)
            try:
                await story(ServiceLayer(session, clock=lambda: self.now))
            finally:
                event.remove(bind, "before_cursor_execute", note)

        self.run(self.database.run(listened))
        return sent

    def register(self, *specs: JobSpec, seed: int = 1) -> None:
        """Store jobs."""

        async def story(layer: ServiceLayer) -> None:
            for spec in specs or (a_spec(),):
                await layer.create_job(spec, seed=seed)

        self(story)


async def hand_out(layer: ServiceLayer, batch_size: int = 32, type: TrialType = TrialType.MAB) -> Trial:  # noqa: A002  (the field's name)
    """Hand out a trial of the job that was fetched, and fetch it."""
    trial = await layer.create_trial("resnet", type, batch_size, reason="a test", lease_until=LATER)
    fetched = await layer.get_trial("resnet", batch_size, trial.number)
    assert fetched == trial
    return trial


async def finish(layer: ServiceLayer, trial: Trial, energy_j: float = 100.0, *, converged: bool = True) -> Trial:
    """End a trial that was fetched with a result."""
    return await layer.update_trial(
        trial.job_id,
        trial.batch_size,
        trial.number,
        status=TrialStatus.SUCCEEDED,
        energy_j=energy_j,
        time_s=1.0,
        converged=converged,
    )


async def fetch_all(layer: ServiceLayer, job_id: str = "resnet", batch_size: int = 32, number: int = 1) -> None:
    """Fetch a job, a trial of it, and the arm of its batch size."""
    assert await layer.get_job(job_id)
    assert await layer.get_trial(job_id, batch_size, number)
    assert await layer.get_arm(job_id, batch_size)
