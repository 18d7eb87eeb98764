"""A service that runs elsewhere, asked through HTTP."""

from __future__ import annotations

import uuid
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.errors import UnreachableError
from simulator.service.client import Client
from simulator.service.client.paths import job_path, trial_path
from simulator.service.deciding.results import Dispatched, JobCosts, JobCounts, JobStanding
from simulator.service.model import Ending, Job, JobSpec, Origin, Stage, Trial, TrialStatus, TrialType
from simulator.service.trip.reach.live import JobHistory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.service.deciding.results import RecordedRun

__all__ = ["RemoteService"]

T = TypeVar("T")

#: Runs that are sent at once: what a server reads of a request is limited.
_AT_ONCE = 200


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


#: The revision is a matter between the server and its database.
_UNSAID = {"revision": 0}

#: How fields are read that are no plain JSON.
_READERS: dict[str, Callable[[Any], Any]] = {
    "spec": lambda plain: JobSpec(**plain),
    "stage": Stage,
    "type": TrialType,
    "status": TrialStatus,
    "origin": Origin,
    "ending": lambda word: None if word is None else Ending(word),
    **dict.fromkeys(("created_at", "started_at", "ended_at", "lease_until"), _instant),
}


class RemoteService:
    """A running server.

    Parameters
    ----------
    url
        Its address.
    token
        Bearer token, if it asks for one.

    Raises
    ------
    SettingsError
        If that is no address.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self._client = Client(url, token=token, deadline_s=30.0)
        self._ask = self._client.transport.request

    def register(self, spec: JobSpec) -> str:
        """Register a job; returns its id."""
        return str(self._ask("POST", "/v1/jobs", spec.plain(), key=uuid.uuid4().hex)["job_id"])

    def dispatch(self, job_id: str, *, batch_size: int | None = None) -> Dispatched:
        """Hand out a trial."""
        body = {} if batch_size is None else {"batch_size": batch_size}
        answer = self._ask("POST", job_path(job_id) + "/trials", body, key=uuid.uuid4().hex)
        limits_w = answer["profile_limits_w"]
        return Dispatched(
            trial=_read(Trial, answer["trial"]), profile_limits_w=None if limits_w is None else tuple(limits_w)
        )

    def profile(self, job_id: str, number: int, measurements: Sequence[tuple[int, float, float]]) -> int:
        """Tell what an epoch takes at each power limit; returns the limit chosen [W]."""
        rows = [{"power_limit_w": limit, "power_w": power, "time_s": time} for limit, power, time in measurements]
        answer = self._ask("POST", trial_path(job_id, number) + "/profile", {"measurements": rows})
        return int(answer["power_limit_w"])

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
        body: dict[str, Any] = {"energy_j": energy_j, "time_s": time_s, "converged": converged, "cost": cost}
        body |= {"epoch": epoch, "origin": origin}
        answer = self._ask("POST", trial_path(job_id, number) + "/finish", body)
        return answer["trial"]["observation"] is not None

    def record(self, job_id: str, runs: Sequence[RecordedRun], *, key: str) -> list[Trial]:
        """Enter runs that were recorded elsewhere, once for each key."""
        rows = [{name: value for name, value in asdict(run).items() if value is not None} for run in runs]
        trials: list[Trial] = []
        for piece, first in enumerate(range(0, len(rows), _AT_ONCE)):
            body = {"runs": rows[first : first + _AT_ONCE]}
            answer = self._ask("POST", job_path(job_id) + "/runs", body, key=f"{key}:{piece}")
            trials += [_read(Trial, each) for each in answer["items"]]
        return trials

    def history(self, job_id: str) -> JobHistory:
        """Read a job and all its trials."""
        job = _read(Job, _UNSAID | self._client.get_job(job_id))
        return JobHistory(job, [_read(Trial, each) for each in self._client.list_trials(job_id)])

    def standings(self, prefix: str = "") -> list[JobStanding]:
        """Read all jobs whose ids begin so, by id, with their sums."""
        return [
            JobStanding(
                job=_read(Job, _UNSAID | each),
                counts=_read(JobCounts, each.get("counts", {})),
                costs=_read(JobCosts, each.get("costs", {})),
            )
            for each in self._client.list_jobs(prefix=prefix or None)
        ]

    def delete(self, job_id: str) -> None:
        """Delete a job and all that is under it."""
        self._client.delete(job_id)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._client.close()


def _read(kind: type[T], plain: Mapping[str, Any]) -> T:
    """Read a job or a trial from JSON, whatever else stands beside its fields."""
    try:
        return kind(**{name: _READERS.get(name, _same)(plain[name]) for name in (item.name for item in fields(kind))})  # type: ignore[arg-type]  # both are dataclasses
    except (KeyError, TypeError, ValueError) as error:
        raise UnreachableError(
            f"the server's answer is no {kind.__name__.lower()} as this version knows it: {error!r}; is it a "
            "`simulator serve` of about this version?"
        ) from error


def _same(value: Any) -> Any:
    return value
