"""Reports what a run came to, keeps what could not be delivered, and judges alone while nobody answers."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.errors import RefusedError, UnreachableError
from simulator.service.client.answers import at
from simulator.service.client.fields import DEFAULTS
from simulator.service.client.paths import trial_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.service.client.plan import Plan
    from simulator.service.client.transport import Transport

__all__ = ["Report", "Reporter", "Target", "Verdict"]

_LOG = logging.getLogger("simulator.service")


@dataclass(frozen=True, kw_only=True)
class Report:
    """Where a run stands: totals since it began, and the validation metric of its latest epoch."""

    energy_j: float
    time_s: float
    metric: float
    epoch: int

    def plain(self) -> dict[str, Any]:
        """As JSON; a metric that is no number, as that of training that diverged, is null."""
        metric = self.metric if math.isfinite(self.metric) else None
        return {"energy_j": self.energy_j, "time_s": self.time_s, "metric": metric, "epoch": self.epoch}


@dataclass(frozen=True)
class Verdict:
    """What comes of a report; ``converged`` is None while that is open."""

    stop: bool
    converged: bool | None
    message: str = ""


class Target:
    """When a job's training is done, as far as that is known without the service.

    Examples
    --------
    >>> target = Target({"target_metric": 0.9, "max_epochs": 3})
    >>> [target.reached(0.9), target.reached(0.89), target.reached(float("nan"))]
    [True, False, False]
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        known = DEFAULTS | dict(fields)
        self._metric, self._higher = float(known["target_metric"]), bool(known["higher_is_better"])
        self.max_epochs = int(known["max_epochs"])

    def reached(self, metric: float) -> bool:
        """Whether a metric is as good as it has to be."""
        return metric >= self._metric if self._higher else metric <= self._metric

    def ends(self, report: Report) -> bool:
        """Whether a report is a run's last, whatever it cost."""
        return self.reached(report.metric) or report.epoch >= self.max_epochs


class Reporter:
    """Reports on one trial.

    Parameters
    ----------
    transport
        Who carries it.
    plan
        The trial; without a number, nothing is sent.
    target
        When training is done.
    patience_s
        How long a report is tried that is not the last [s].
    """

    def __init__(self, transport: Transport, plan: Plan, target: Target, patience_s: float) -> None:
        self._transport, self._plan, self._target, self._patience_s = transport, plan, target, patience_s
        self.pending: Report | None = None

    def send(self, report: Report) -> Verdict:
        """Send a report, and all that was kept: totals include it.

        Raises
        ------
        RefusedError
            If the service refuses it, for it would refuse it again.
        """
        last = self._target.ends(report)
        if self._plan.number is None:
            return Verdict(last, self._target.reached(report.metric) if last else None, "nobody was asked")
        self.pending = report
        try:
            return self._deliver(report, None if last else self._patience_s)
        except (UnreachableError, RefusedError) as error:
            if isinstance(error, RefusedError) and error.status < 500:
                self.pending = None
                raise
            kept = "training is over" if last else "training goes on, and the next report includes this one"
            _LOG.warning(
                "epoch %d is not reported, for the service does not take it; %s: %s", report.epoch, kept, error
            )
            return Verdict(last, None, "not delivered")

    def try_again(self, *, within_s: float, fresh: bool = False) -> Verdict | None:
        """Send a run's last report once more, for a short time; None if it was delivered, or still is not.

        Parameters
        ----------
        within_s
            For how long [s].
        fresh
            Use a connection of its own.
        """
        if self.pending is None or not self._target.ends(self.pending):
            return None
        try:
            return self._deliver(self.pending, within_s, fresh=fresh)
        except (UnreachableError, RefusedError) as error:
            _LOG.error(  # the trace says nothing that the message does not
                "the last report of trial %s of job %s was never delivered, and its result is lost to the service: "
                "epoch %d, metric %g, %.1f J, %.1f s (%s)",
                *(self._plan.number, self._plan.job_id, self.pending.epoch, self.pending.metric),
                *(self.pending.energy_j, self.pending.time_s, error),
            )
            return None

    def _deliver(self, report: Report, deadline_s: float | None, *, fresh: bool = False) -> Verdict:
        assert self._plan.number is not None
        path = trial_path(self._plan.job_id, self._plan.number) + "/report"
        answer = self._transport.request("POST", path, report.plain(), deadline_s=deadline_s, fresh=fresh)
        stop, converged = at(answer, "stop", bool, "report"), at(answer, "converged", bool, "report")
        self.pending = None
        return Verdict(stop, converged if stop else None, str(answer.get("message", ""))[:1000])
