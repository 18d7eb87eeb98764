"""One training run of a job, as the training script sees it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from simulator.errors import TrainingFailedError
from simulator.service.client.open_run import OpenRun
from simulator.service.client.reporter import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TrainingRun"]


class TrainingRun(OpenRun):
    """One training run: ``with client.train(...) as run``.

    Entering registers the job and asks for a batch size; leaving before `report` said to stop, by an exception too,
    ends the trial, so that the job's next run need not wait for its lease. Several threads may report.

    A process that is forked from this one may report, on connections of its own; the trial stays with this one, which
    sends the heartbeat and ends it.

    Parameters
    ----------
    transport
        Who talks to the service.
    fields
        The job.
    options
        See `Client.train`.

    Attributes
    ----------
    plan
        What the run was told, once it is entered.
    stopped, converged
        Whether the run is to stop, and whether it reached its target within its bound; None while that is open, or if
        the last report was never delivered.
    message
        What the service said to the latest report.
    """

    def begin(self) -> None:
        """Count time and energy from now on, and forget what was used before; `epochs` does that."""
        with self._lock:
            self._tally.begin()

    def epochs(self) -> Iterator[int]:
        """Count epochs from 1 on, until `report` says to stop or the job's ``max_epochs`` are over.

        Yields
        ------
        int
            The epoch to train.
        """
        self.begin()
        for epoch in range(1, self._target.max_epochs + 1):
            if self.stopped:
                return
            self._tally.epoch = epoch
            yield epoch
            if self._ranks.talks:
                self._tally.end_epoch(is_last=epoch == self._target.max_epochs)

    def report(
        self, *, metric: float, epoch: int | None = None, energy_j: float | None = None, time_s: float | None = None
    ) -> bool:
        """Report an epoch that was trained and validated, and learn whether to stop.

        Waiting for the service costs the run neither time nor energy. A report that cannot be delivered is kept; the
        next one includes it. Until then the run goes on to its target or its last epoch.

        Parameters
        ----------
        metric
            Validation metric of the latest epoch.
        epoch
            How many epochs were trained; None: that of `epochs`, or one more than were reported.
        energy_j, time_s
            Used since training began, in all [J, s]; None: as measured.

        Returns
        -------
        bool
            True: stop training. `converged` then says whether the target was reached.

        Raises
        ------
        BadValueError
            If totals are negative, no numbers, or less than before: then they are not totals.
        TrainingFailedError
            If that was asked for, and the service stops a run that did not reach its target.
        RefusedError
            If the service refuses the report, such as of a trial that somebody ended.
        """
        self._told()
        with self._lock:
            if not self.stopped:
                verdict = self._ranks.share(
                    lambda: self._tell(metric=metric, epoch=epoch, energy_j=energy_j, time_s=time_s)
                )
                self._take(Verdict(False, None) if verdict is None else Verdict(**verdict))
            return self.stopped

    def profile(
        self,
        train_some_steps: Callable[[], float | None],
        *,
        set_limit: Callable[[int | None], object] | None = None,
    ) -> int | None:
        """Set the power limit that the service chose; measure the limits first that it asks for, if it does.

        For jobs with a ``power_policy``; others need not call it, and it does nothing for them. The steps are trained
        like any other, and count for the run. Of several ranks, all call it, and the run needs a ``broadcast``. Limits
        are those of rank 0's machine; they are given back when the run is left, and on a signal that ends it.

        Parameters
        ----------
        train_some_steps
            Trains for a while, 10 s or more, and returns which share of an epoch that was; None for a whole epoch.
        set_limit
            Sets the power limit of each GPU [W], or, given None, what it found; raises `GpuError` if that is refused.
            None: NVML does it for all GPUs of this machine that the process may use. Only an administrator may.

        Returns
        -------
        int or None
            Limit that holds now [W]; None, with a warning, if none could be set: training goes on at full power.

        Raises
        ------
        BadValueError
            If the run has no meter, or the share is no number above 0.
        """
        plan = self._told()
        with self._lock:
            limit_w = self._power.profile(plan, train_some_steps, set_limit)
            self.plan = replace(plan, power_limit_w=limit_w, profile_limits_w=())
            return limit_w

    def _tell(self, **said: Any) -> dict[str, Any]:
        assert self._trial is not None
        usage = self._tally.usage
        usage.pause()
        try:
            return asdict(self._trial.report(self._tally.report(**said)))
        finally:
            usage.resume()

    def _take(self, verdict: Verdict) -> None:
        self.stopped, self.converged, self.message = verdict.stop, verdict.converged, verdict.message
        if verdict.stop and verdict.converged is False and self.options.on_failure == "raise":
            raise TrainingFailedError(f"batch size {self.batch_size} did not reach the target: {verdict.message}")
