"""What travels between the driver and those who work for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Chunk", "Located", "Outcome", "Report"]


class Located(NamedTuple):
    """Where the rows of a cell lie.

    Parameters
    ----------
    id
        Which cell, 64 hexadecimal digits.
    shard
        Path of the shard, relative to the sweep's folder.
    offset
        First row of the cell in the shard.
    rows
        How many rows there are; none is possible.
    """

    id: str
    shard: str
    offset: int
    rows: int


class Outcome(NamedTuple):
    """What became of one cell in one attempt.

    Parameters
    ----------
    id
        Which cell, 64 hexadecimal digits.
    done
        Whether it has a result.
    rows
        Rows of the result in the shard; 0 if it failed.
    started_s
        When it began, seconds since the epoch.
    time_s
        How long it took [s]; for cells that ran in one call, their share of it.
    cpu_s
        CPU time, likewise [s].
    error
        In one line, what went wrong; None if nothing did.
    traceback
        Where; None if nothing went wrong.
    output
        The end of what it printed; None if it printed nothing.
    """

    id: str
    done: bool
    rows: int
    started_s: float
    time_s: float
    cpu_s: float
    error: str | None = None
    traceback: str | None = None
    output: str | None = None


@dataclass(frozen=True)
class Chunk:
    """Cells that are scheduled together.

    Parameters
    ----------
    key
        Its name, unlike any other in the folder, usable as the beginning of a file's name.
    cells
        Sealed tasks, `simulator.explore.config.Task`.
    needed
        Where the results lie of tasks that these depend on, by id.
    settings
        Settings of the scheduler; plain data.
    flush_s
        A shard is written about this often [s], so that no more is lost.
    """

    key: str
    cells: Sequence[Any]
    needed: Mapping[str, Located] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    flush_s: float = 1.0


@dataclass(frozen=True)
class Report:
    """What an executor tells of a chunk.

    Parameters
    ----------
    key
        Which chunk.
    kind
        ``"started"``: it runs now. ``"shard"``: results lie at ``shard``. ``"ended"``: all its shards were reported.
        ``"lost"``: it ended without results for all its cells, and not by a cell's own fault, as far as one can tell.
    shard
        Path of a finished shard; only for ``"shard"``.
    who
        Whoever runs it: ``pid 123`` or a job of Slurm.
    pid
        Process that runs it on this machine; None if it runs elsewhere.
    why
        Why it was lost.
    """

    key: str
    kind: Literal["started", "shard", "ended", "lost"]
    shard: Path | None = None
    who: str | None = None
    pid: int | None = None
    why: str | None = None
