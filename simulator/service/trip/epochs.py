"""How many epochs a run took: what a service is told, and a replay has no need to keep."""

from __future__ import annotations

from typing import Any

from simulator.replay.event import EventPlay
from simulator.replay.run import ran

__all__ = ["EpochCounter"]


class EpochCounter(EventPlay):
    """A replay that can tell how many epochs its last run took.

    Parameters
    ----------
    args, more
        As `simulator.replay.event.EventPlay` takes them.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        self._place = self._cell = 0
        #: How long the first epoch of each recurrence's latest run takes, and each other [s].
        self._epochs: dict[int, tuple[float, float]] = {}
        super().__init__(*args, **more)

    def choose_limit(self, place: int, size: int) -> int:
        """Choose the limit, and note where the run takes place."""
        limit = self.ask_limit(place, size)
        self._place, self._cell = place, place * self.cells.n_limits + limit
        return limit

    def ask_limit(self, place: int, size: int) -> int:
        """Ask who chooses limits, as `choose_limit` of a host does."""
        return super().choose_limit(place, size)

    def draw(self, size: int, n_paths: int) -> int:
        """Draw a path, and note how long its epochs take."""
        drawn = super().draw(size, n_paths)
        time_s = self.cells.epoch_time_s[self.cells.path_first[self._cell] + drawn]
        first_s = self.cells.first_epoch_time_s[self._place] if self.run.profiled else time_s
        self._epochs[self.run.recurrence] = first_s, time_s
        return drawn

    def count_epochs(self) -> int:
        """Count the epochs of the last run from its time; 0 if it could not afford one."""
        first_s, time_s = self._epochs[self.run.recurrence]
        return round(1 + (self.run.time_s - first_s) / time_s) if ran(self.run) else 0
