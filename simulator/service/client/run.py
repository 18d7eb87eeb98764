"""One training run of a job, as the training script sees it."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from simulator.errors import (
    ServiceError,
    TrainingFailedError,
)
from simulator.service.client import ending, ranks
from simulator.service.client.plan import Question, settle
from simulator.service.client.profiling import PowerControl
from simulator.service.client.reporter import Target, Verdict
from simulator.service.client.tally import Tally
from simulator.service.client.trial import OpenTrial, end_trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from simulator.service.client.options import RunOptions
    from simulator.service.client.plan import Plan
    from simulator.service.client.transport import Transport

__all__ = ["TrainingRun"]

#: Time for ending a trial when its run is left [s].
END_S = 10.0


class TrainingRun:
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

    def __init__(self, transport: Transport, fields: Mapping[str, Any], options: RunOptions) -> None:
        self.plan: Plan | None = None
        self.stopped, self.message = False, ""
        self.converged: bool | None = None
        self.options = options
        self._transport = transport
        self._ranks = ranks.Ranks(options.rank, options.broadcast)
        self._question = Question(transport, fields, options.batch_size)
        self._target = Target(fields)
        self._tally = Tally(options.meter)
        self._trial: OpenTrial | None = None
        self._power = PowerControl(transport, self._ranks, options.meter)
        self._lock = threading.RLock()
        self._pid = 0
        self._state = "new"

    def __repr__(self) -> str:
        told = "" if self.plan is None else f", batch size {self.plan.batch_size}"
        return f"<TrainingRun of {self._question.job_id}, {self._state}{told}>"

    # ---- what the run was told

    @property
    def batch_size(self) -> int:
        """Global batch size to train with."""
        return self._told().batch_size

    @property
    def power_limit_w(self) -> int | None:
        """Power limit of each GPU to train with [W]; None if none was chosen. `profile` sets it."""
        return self._told().power_limit_w

    @property
    def number(self) -> int | None:
        """Number of the trial; None if the service was not reached, or this rank was told its batch size alone."""
        return self._told().number

    @property
    def epoch(self) -> int:
        """The latest epoch that began, or was reported; 0 before."""
        return self._tally.epoch

    @property
    def rank(self) -> int:
        """Rank of this process among those that train together."""
        return self._ranks.rank

    @property
    def delivered(self) -> bool:
        """Whether the service knows all that was reported."""
        return self._trial is not None and self._trial.delivered

    # ---- from beginning to end

    def __enter__(self) -> TrainingRun:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Register, ask for a batch size, and begin to send heartbeats; `with` does that.

        Raises
        ------
        UnreachableError
            If the service does not answer, and the run is not to do without it.
        RefusedError
            If the service refuses the job, or has no batch size left for it.
        """
        if self._state != "new":
            raise ServiceError(f"this run is {self._state} already; client.train(...) makes another")
        self._state, self._pid = "open", os.getpid()
        try:
            if self._ranks.talks:
                ending.watch(self, self.options.ends_on)
            self.plan = settle(self._question, self._ranks, self.options)
        except BaseException as error:
            if not isinstance(error, Exception):  # Ctrl-C, or an exit: the service may have made a trial by now
                with suppress(ServiceError):
                    self.abandon(END_S)
            self._release()
            raise
        talks = self._ranks.talks
        self._trial = OpenTrial(self._transport, self.plan, self._target, self.options.patience_s, beats=talks)
        if talks:
            ranks.leave(self.plan.plain())
        self._tally.begin()

    def close(self) -> None:
        """End what is open; `with` does that. Raises nothing: a trained model is worth more than its last report."""
        if self._state != "open" or self._pid != os.getpid():
            return
        with self._lock:
            try:
                if self._ranks.talks and self._trial is not None:
                    ranks.take_away()
                    self.converged = self._trial.settle(END_S)
            finally:
                self._release()  # only now: until then a signal may have to end what is not ended yet

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

    # ---- what the run tells

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

    # ---- what signals, exits and forks do

    def abandon(self, within_s: float) -> None:
        """End the trial, for the process is about to die; for `simulator.service.client.ending`."""
        if self._state != "open":
            return
        self._state = "abandoned"
        self._power.restore()
        if self._trial is not None:
            self._trial.settle(within_s / 2, fresh=True)
        elif self._question.may_have_trial:  # it was about to be told; asking again gets the same trial
            plan = self._question.ask(deadline_s=within_s / 2, fresh=True)
            end_trial(self._transport, plan, within_s=within_s / 2, fresh=True)

    def after_fork(self) -> None:
        """Leave the trial to the parent process; for `simulator.service.client.ending`."""
        self._lock = threading.RLock()

    # ---- inside

    def _told(self) -> Plan:
        if self.plan is None:
            raise ServiceError("the run has not begun; write: with client.train(...) as run:")
        return self.plan

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

    def _release(self) -> None:
        self._state = "over"
        ending.forget(self)
        if self._trial is not None:
            self._trial.stop()
        self._power.restore()
