"""What a run was told to train with."""

from __future__ import annotations

import logging
import uuid
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from simulator.errors import SettingsError, UnreachableError
from simulator.service.client.answers import at, optional_number, whole
from simulator.service.client.paths import job_path
from simulator.service.client.ranks import left

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.service.client.options import RunOptions
    from simulator.service.client.ranks import Ranks
    from simulator.service.client.transport import Transport

__all__ = ["Plan", "Question", "settle"]

_LOG = logging.getLogger("simulator.service")

#: A trial's lease if the service does not say it in a way that is understood [s]; the service's own default.
LEASE_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run was told.

    Parameters
    ----------
    job_id, number
        The trial; its number is None if the service knows of none.
    batch_size, power_limit_w
        What to train with; no limit was chosen, or not yet, if it is None.
    profile_limits_w
        Power limits that the service asks to measure, largest first.
    lease_s
        How long the trial may be silent [s].
    """

    job_id: str
    number: int | None
    batch_size: int
    power_limit_w: int | None = None
    profile_limits_w: tuple[int, ...] = ()
    lease_s: float = LEASE_S

    def plain(self) -> dict[str, Any]:
        """All fields as plain data."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Plan:
        """Read what `plain` wrote."""
        known = {field.name: plain[field.name] for field in fields(cls) if field.name in plain}
        return cls(**{"number": None, **known, "profile_limits_w": tuple(known.get("profile_limits_w", ()))})


class Question:
    """Asks for a trial of a job; asking again, in whatever process, gets the same trial.

    Parameters
    ----------
    transport
        Who carries it.
    job
        Its fields.
    batch_size
        A size of the script's own choice, None for the service's.
    """

    def __init__(self, transport: Transport, job: Mapping[str, Any], batch_size: int | None = None) -> None:
        self.job_id = str(job["job_id"])
        self._transport, self._fields, self._batch_size = transport, dict(job), batch_size
        self._key = uuid.uuid4().hex
        self._asked = False

    @property
    def may_have_trial(self) -> bool:
        """Whether the service was asked for a trial, so that it may have made one."""
        return self._asked

    def register(self) -> dict[str, Any]:
        """Register the job and return it as the service keeps it."""
        job = self._transport.request("POST", "/v1/jobs", self._fields, key=f"job-{self._key}")
        if at(job, "job_id", str, "registration") != self.job_id:
            raise UnreachableError(f"{self.job_id!r} was registered, but {job['job_id']!r} was answered")
        return dict(job)

    def settle(self, on_unreachable: Literal["raise", "default"]) -> Plan:
        """Register and ask; or do without the service, if it does not answer and that is wanted.

        Raises
        ------
        UnreachableError
            If it does not answer, and that is not wanted.
        RefusedError
            If it refuses.
        """
        try:
            self.register()
            return self.ask()
        except UnreachableError as error:
            if on_unreachable == "raise":
                raise
            size = int(self._fields["default_batch_size"] if self._batch_size is None else self._batch_size)
            _LOG.warning("training with batch size %d, unreported, for the service is not there: %s", size, error)
            return Plan(job_id=self.job_id, number=None, batch_size=size)

    def ask(self, *, deadline_s: float | None = None, fresh: bool = False) -> Plan:
        """Ask for a trial."""
        body = {} if self._batch_size is None else {"batch_size": int(self._batch_size)}
        self._asked = True
        path = job_path(self.job_id) + "/trials"
        answer = self._transport.request(
            "POST", path, body, key=f"trial-{self._key}", deadline_s=deadline_s, fresh=fresh
        )
        trial = at(answer, "trial", dict, "dispatch")
        batch_size = whole(trial, "batch_size", "dispatch")
        if batch_size not in [int(size) for size in self._fields["batch_sizes"]]:
            raise UnreachableError(f"dispatch answered batch size {batch_size}, which the job does not have")
        limits_w = answer.get("profile_limits_w") or []
        limit_w = optional_number(trial, "power_limit_w")
        return Plan(
            job_id=self.job_id,
            number=whole(trial, "number", "dispatch"),
            batch_size=batch_size,
            power_limit_w=None if limit_w is None else int(limit_w),
            profile_limits_w=tuple(whole({"limit": limit}, "limit", "dispatch") for limit in limits_w),
            lease_s=_lease_s(trial),
        )


def settle(question: Question, ranks: Ranks, options: RunOptions) -> Plan:
    """Find out on each rank what to train with: rank 0 asks the service, the others are told.

    Parameters
    ----------
    question
        What rank 0 asks.
    ranks
        The processes that train together.
    options
        How the run behaves.

    Raises
    ------
    SettingsError
        On another rank that nobody tells.
    """
    told = ranks.share(lambda: question.settle(options.on_unreachable).plain())
    if told is None and options.batch_size is not None:
        return Plan(job_id=question.job_id, number=None, batch_size=int(options.batch_size))
    told = told or left(question.job_id)
    if told is None:
        raise SettingsError(
            f"rank {ranks.rank} does not talk to the service, and must be told: give train(broadcast=…), "
            "train(batch_size=…) with what rank 0 got, or train(rank=0) if this process trains by itself"
        )
    return Plan.from_plain(told)


def _lease_s(trial: Mapping[str, Any]) -> float:
    """Length of a lease, from two moments of the server's clock: this machine's may be another [s]."""
    try:
        began, ends = (datetime.fromisoformat(str(trial[name])) for name in ("started_at", "lease_until"))
        lease_s = (ends - began).total_seconds()
    except (KeyError, ValueError, TypeError):
        return LEASE_S
    return lease_s if lease_s > 0 else LEASE_S
