"""Keeps what is told of a run while it runs: how fast, how much is left, what failed last."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from simulator.explore.driver.snapshot import Failure, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.explore.chunk import Outcome
    from simulator.explore.driver.cells import Cells
    from simulator.explore.driver.effort import Effort
    from simulator.explore.driver.forecasts import Outlook

__all__ = ["Progress"]

#: How often to tell [s].
EVERY_S = 0.2
#: The rate is that of the last so many seconds.
RATE_S = 10.0
#: How many of the cells that failed are told.
FAILURES = 20


class Progress:
    """Tells somebody how a run goes.

    Parameters
    ----------
    grid
        Name of the grid.
    executor
        Who runs it.
    cells, outlook, effort
        What is told.
    tell
        Whom; None for nobody.
    """

    def __init__(
        self,
        grid: str,
        executor: str,
        cells: Cells,
        outlook: Outlook,
        effort: Effort,
        tell: Callable[[Snapshot], None] | None,
    ) -> None:
        self._grid = grid
        self._executor = executor
        self._cells = cells
        self._outlook = outlook
        self._effort = effort
        self._tell = tell
        self._began_s = self._told_s = time.monotonic()
        self._ran = 0
        self._marks: deque[tuple[float, int]] = deque([(self._began_s, 0)])
        self._failures: deque[Failure] = deque(maxlen=FAILURES)

    def ended(self, position: int, outcome: Outcome) -> None:
        """Count a cell that ended."""
        self._ran += 1
        self._effort.add(outcome.cpu_s)
        if not outcome.done:
            self.failed(position, outcome.error or "no reason was given")

    def failed(self, position: int, error: str) -> None:
        """Remember a cell that failed."""
        cells = self._cells
        self._failures.append(Failure(cells.ids[position], cells.task(position).name, error))

    def tell(self, *, now: bool = False) -> None:
        """Tell, unless that was done a moment ago.

        Parameters
        ----------
        now
            Tell in any case.
        """
        self._effort.look_for_gpus()
        at_s = time.monotonic()
        if self._tell is not None and (now or at_s - self._told_s >= EVERY_S):
            self._told_s = at_s
            self._tell(self.snapshot(now=now))

    def snapshot(self, *, now: bool = True) -> Snapshot:
        """Look at the run.

        Parameters
        ----------
        now
            Read all counters, also those that take a moment.
        """
        at_s = time.monotonic()
        self._marks.append((at_s, self._ran))
        while len(self._marks) > 2 and at_s - self._marks[0][0] > RATE_S:
            self._marks.popleft()
        since_s, before = self._marks[0]
        return Snapshot(
            grid=self._grid,
            counts=self._cells.counts(),
            ran=self._ran,
            elapsed_s=at_s - self._began_s,
            rate_per_s=(self._ran - before) / max(at_s - since_s, 1e-9) if self._ran else None,
            forecast=self._outlook.forecast(),
            cpu_s=self._effort.cpu_s,
            energy_j=self._effort.energy_j(now=now),
            gpu_energy_j=self._effort.gpu_energy_j(),
            failures=tuple(self._failures),
            executor=self._executor,
        )
