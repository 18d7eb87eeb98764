"""A training run from its beginning to its end, whatever ends it: what it is told, and the trial that is open."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simulator.errors import ServiceError
from simulator.service.client import ending, ranks
from simulator.service.client.plan import Question, settle
from simulator.service.client.profiling import PowerControl
from simulator.service.client.reporter import Target
from simulator.service.client.tally import Tally
from simulator.service.client.trial import OpenTrial, end_trial

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from simulator.service.client.options import RunOptions
    from simulator.service.client.plan import Plan
    from simulator.service.client.transport import Transport

__all__ = ["OpenRun"]

#: Time for ending a trial when its run is left [s].
END_S = 10.0


class OpenRun:
    """A run that is entered and left with `with`; `simulator.service.client.run.TrainingRun` documents it.

    Parameters
    ----------
    transport
        Who talks to the service.
    fields
        The job.
    options
        See `Client.train`.
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
        return f"<{type(self).__name__} of {self._question.job_id}, {self._state}{told}>"

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

    def __enter__(self) -> Self:
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

    def _told(self) -> Plan:
        if self.plan is None:
            raise ServiceError("the run has not begun; write: with client.train(...) as run:")
        return self.plan

    def _release(self) -> None:
        self._state = "over"
        ending.forget(self)
        if self._trial is not None:
            self._trial.stop()
        self._power.restore()
