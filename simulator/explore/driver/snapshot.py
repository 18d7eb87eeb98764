"""What a driver tells of a sweep: before, while, and after it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from simulator.explore.states import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Counts", "Failure", "Forecast", "Preview", "Run", "Snapshot"]


@dataclass(frozen=True)
class Counts:
    """How many cells of a grid are in each state.

    Examples
    --------
    >>> counts = Counts(done=3, failed=1)
    >>> counts.total, counts.left, str(counts)
    (4, 0, '3 done, 1 failed')
    """

    pending: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    stopped: int = 0
    blocked: int = 0

    @classmethod
    def of(cls, states: Mapping[str, int]) -> Counts:
        """Make them of a mapping from states to numbers of cells."""
        return cls(**{state: states.get(state, 0) for state in STATES})

    @property
    def total(self) -> int:
        """Cells of the grid."""
        return sum(getattr(self, each.name) for each in fields(self))

    @property
    def left(self) -> int:
        """Cells that are still to be run, or run just now."""
        return self.pending + self.running

    def __str__(self) -> str:
        parts = [f"{getattr(self, each.name):,} {each.name}" for each in fields(self) if getattr(self, each.name)]
        return ", ".join(parts) or "no cells"


@dataclass(frozen=True)
class Failure:
    """A cell that failed.

    Parameters
    ----------
    id
        Which cell, 64 hexadecimal digits.
    name
        What a person calls it.
    error
        In one line, what went wrong.
    """

    id: str
    name: str
    error: str


@dataclass(frozen=True)
class Forecast:
    """How much is left.

    Parameters
    ----------
    cells
        Cells that are still to be run.
    seconds
        How long that will take [s]; None if there is nothing to tell it from.
    basis
        What the seconds are told from, in words.
    """

    cells: int
    seconds: float | None
    basis: str


@dataclass(frozen=True)
class Preview:
    """What a plan would change; nothing has been changed.

    Parameters
    ----------
    cells
        Cells that the plan makes.
    new
        How many of them the folder does not know.
    known
        How many it knows, whatever their state.
    unlinked
        How many cells of the grid the plan does not make any more.
    duplicates
        How often the plan scheduled a cell that it had scheduled before.
    forecast
        How long a run would take.
    reasons
        How many of the new cells are in the place of an earlier one, by what has changed since.
    """

    cells: int
    new: int
    known: int
    unlinked: int
    duplicates: int
    forecast: Forecast
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """A sweep at one moment.

    Parameters
    ----------
    grid
        Name of the grid.
    counts
        Cells by state.
    ran
        Cells that ended in this run, with or without a result.
    elapsed_s
        Since the run began [s].
    rate_per_s
        Cells that end in a second, of late; None if none has ended yet.
    forecast
        How much is left.
    cpu_s
        CPU time of the driver and of all cells in this run [s].
    energy_j
        What the CPUs of this machine consumed meanwhile, whoever used them [J]; None if nobody may read it.
    gpu_energy_j
        Likewise its GPUs [J].
    failures
        Cells that failed in this run; the latest ones, at most 20.
    executor
        Who runs the cells.
    """

    grid: str
    counts: Counts
    ran: int
    elapsed_s: float
    rate_per_s: float | None
    forecast: Forecast
    cpu_s: float
    energy_j: float | None
    gpu_energy_j: float | None
    failures: tuple[Failure, ...]
    executor: str


@dataclass(frozen=True)
class Run:
    """How a run of a grid ended.

    Parameters
    ----------
    folder
        The sweep's folder.
    grid
        Name of the grid in it.
    snapshot
        The last one.
    new
        Cells that the folder had not known.
    unlinked
        Cells that the plan does not make any more; their results are kept.
    duplicates
        How often the plan scheduled a cell that it had scheduled before.
    callback_errors
        What callbacks raised, a line each.
    reasons
        How many of the new cells are in the place of an earlier one, by what has changed since.
    """

    folder: Path
    grid: str
    snapshot: Snapshot
    new: int
    unlinked: int
    duplicates: int
    callback_errors: tuple[str, ...] = ()
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> Counts:
        """Cells by state."""
        return self.snapshot.counts
