"""A trial that runs: it beats, reports, and comes to an end that the service knows of."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from simulator.errors import RefusedError, UnreachableError
from simulator.service.client.heartbeat import Heartbeat
from simulator.service.client.paths import trial_path
from simulator.service.client.reporter import Reporter, Target, Verdict

if TYPE_CHECKING:
    from simulator.service.client.plan import Plan
    from simulator.service.client.reporter import Report
    from simulator.service.client.transport import Transport

__all__ = ["OpenTrial", "end_trial"]

_LOG = logging.getLogger("simulator.service")


class OpenTrial:
    """A trial that runs.

    Parameters
    ----------
    transport
        Who talks to the service.
    plan
        Which trial; one without a number is known to nobody, and nothing is sent of it.
    target
        When training is done.
    patience_s
        How long a report is tried that is not the last [s].
    beats
        Whether this process sends its heartbeat.

    Attributes
    ----------
    verdict
        What came of the latest report.
    """

    def __init__(self, transport: Transport, plan: Plan, target: Target, patience_s: float, *, beats: bool) -> None:
        self.verdict = Verdict(stop=False, converged=None)
        self._transport, self._plan = transport, plan
        self._reporter = Reporter(transport, plan, target, patience_s)
        self._heartbeat = Heartbeat(transport, plan) if beats and plan.number is not None else None
        if self._heartbeat is not None:
            self._heartbeat.start()

    @property
    def delivered(self) -> bool:
        """Whether the service knows all that was reported."""
        return self._reporter.pending is None and self._plan.number is not None

    def report(self, report: Report) -> Verdict:
        """Report, and stop the heartbeat with the last report that is delivered."""
        self.verdict = self._reporter.send(report)
        if self.verdict.converged is not None:
            self.stop()
        return self.verdict

    def stop(self) -> None:
        """Send no heartbeat any more."""
        if self._heartbeat is not None:
            self._heartbeat.stop()

    def settle(self, within_s: float, *, fresh: bool = False) -> bool | None:
        """Deliver the last report, or end the trial, if the service does not know how it ended.

        Parameters
        ----------
        within_s
            For how long each is tried [s].
        fresh
            Use a connection of its own.

        Returns
        -------
        bool or None
            Whether it converged; None if it came to no result, or the service did not take it.
        """
        self.stop()
        if self.verdict.converged is not None or self._plan.number is None:
            return self.verdict.converged
        verdict = self._reporter.try_again(within_s=within_s, fresh=fresh)
        if verdict is not None:
            return verdict.converged
        if self._reporter.pending is not None and self.verdict.stop:
            return None  # its lease ends it; until then somebody may enter what was logged
        return end_trial(self._transport, self._plan, within_s=within_s, fresh=fresh)


def end_trial(transport: Transport, plan: Plan, *, within_s: float, fresh: bool = False) -> bool | None:
    """Tell the service that a trial is over without a result; whether it had converged if it ended with one before."""
    path = trial_path(plan.job_id, plan.number or 0) + "/end"
    try:
        trial = transport.request("POST", path, deadline_s=within_s, fresh=fresh)
    except (UnreachableError, RefusedError) as error:
        _LOG.warning("trial %s of job %s is not ended, its lease will do that: %s", plan.number, plan.job_id, error)
        return None
    converged = trial.get("converged") if isinstance(trial, dict) else None
    return converged if isinstance(converged, bool) else None
