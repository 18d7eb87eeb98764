"""Where a run stands: its epochs, and what they used up."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from simulator.errors import BadValueError
from simulator.service.client.reporter import Report
from simulator.service.client.usage import Usage

if TYPE_CHECKING:
    from simulator.service.client.usage import Meter

__all__ = ["Tally"]

_LOG = logging.getLogger("simulator.service")


class Tally:
    """Counts epochs, time and energy of a run.

    Parameters
    ----------
    meter
        Measures energy; None: the script says what was used.

    Attributes
    ----------
    epoch
        The latest epoch that began, or was reported; 0 before.

    Examples
    --------
    >>> tally = Tally(None)
    >>> tally.report(0.5, energy_j=10, time_s=1).epoch, tally.report(0.6, energy_j=20, time_s=2).epoch
    (1, 2)
    """

    def __init__(self, meter: Meter | None) -> None:
        self.epoch = self._reported = 0
        self._reminded = False
        self._meter = meter
        self.usage = Usage(meter)

    def begin(self) -> None:
        """Count from now on, unless epochs were counted already."""
        if self.epoch == 0:
            self.usage = Usage(self._meter)
            self.usage.resume()

    def end_epoch(self, *, is_last: bool) -> None:
        """Note that an epoch is over; remind a script, once and at the end, that did not report it."""
        if self._reported >= self.epoch or (self._reminded and not is_last):
            return
        self._reminded = True
        comes = "the service takes this run for lost" if is_last else "until it is, the service cannot stop the run"
        _LOG.warning("epoch %d was not reported; %s: call run.report(metric=...) after each epoch", self.epoch, comes)

    def report(
        self, metric: float, *, epoch: int | None = None, energy_j: float | None = None, time_s: float | None = None
    ) -> Report:
        """Say where the run stands; see `TrainingRun.report`."""
        try:
            metric = float(metric)
        except (TypeError, ValueError):
            raise BadValueError(
                f"metric is {metric!r}; it is the validation metric after the epoch, a number"
            ) from None
        if epoch is None:
            epoch = self.epoch if self._reported < self.epoch else self._reported + 1
        if epoch < 1:
            raise BadValueError(f"epoch is {epoch}; epochs count from 1")
        energy_j, time_s = self.usage.totals(energy_j, time_s)
        self.epoch = self._reported = int(epoch)
        return Report(energy_j=energy_j, time_s=time_s, metric=metric, epoch=self.epoch)
