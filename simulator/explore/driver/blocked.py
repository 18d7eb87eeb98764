"""Cells that cannot run because of others: set aside, and taken up again when the others have their results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.explore.states import BLOCKED, CANCELLED, FAILED, PENDING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.explore.driver.cells import Cells
    from simulator.explore.driver.schedule import Schedule
    from simulator.explore.ledger import Ledger

__all__ = ["Blocked"]

#: What keeps those that depend on a cell from running, in a word.
_BROKEN = {FAILED: "failed", CANCELLED: "was cancelled", STOPPED: "was stopped", BLOCKED: "is blocked itself"}


class Blocked:
    """Keeps the states of cells up to date that wait for others.

    Parameters
    ----------
    cells, ledger, schedule
        What is looked at, and kept up to date.
    change
        Changes the state of a cell in memory.
    """

    def __init__(self, cells: Cells, ledger: Ledger, schedule: Schedule, change: Callable[[int, str], None]) -> None:
        self._cells = cells
        self._ledger = ledger
        self._schedule = schedule
        self._change = change

    def behind(self, position: int) -> None:
        """Set aside what cannot run without a cell that has ended without a result."""
        broken = _BROKEN[self._cells.states[position]]
        for other, cause in self._schedule.behind(position).items():
            if self._cells.states[other] == PENDING:
                word = broken if cause == position else _BROKEN[BLOCKED]
                reason = f"needs {self._cells.name(cause)}, which {word}"
                self._ledger.set_state([self._cells.ids[other]], BLOCKED, reason)
                self._change(other, BLOCKED)

    def review(self) -> None:
        """See anew who cannot run because of others."""
        waiting = self._schedule.waiting()
        for position in waiting:
            self._unblock(position)
        needed = {cause for position in waiting for cause in self._schedule.causes(position)}
        for position in sorted(needed):
            if self._cells.states[position] in _BROKEN:
                self.behind(position)

    def freed(self, positions: list[int]) -> list[int]:
        """Tell which cells may run now that all that they need is there, also if it had been given up before."""
        for position in positions:
            self._unblock(position)
        return [position for position in positions if self._cells.states[position] == PENDING]

    def _unblock(self, position: int) -> None:
        if self._cells.states[position] == BLOCKED:
            self._ledger.set_state([self._cells.ids[position]], PENDING, "what it needs can run")
            self._change(position, PENDING)
