"""What the ledger is told and what it tells, as plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "Attempt",
    "CellRow",
    "Described",
    "Durations",
    "GridRow",
    "Planned",
    "Running",
]


class Described(NamedTuple):
    """What the ledger keeps of a cell that is new to it.

    Parameters
    ----------
    id, row_id, slot_id
        Digests of the cell, 64 hexadecimal digits each: of its content, of its content without repetition fields, and
        of its place in the plan, by which an earlier version of it is found.
    name
        Short name for people.
    task
        Identifier of its class.
    version
        Version of its class.
    content
        JSON text of its content.
    nested
        Identifiers and contents of the configurations within it.
    tags
        JSON text of its tags.
    """

    id: str
    row_id: str
    slot_id: str
    name: str
    task: str
    version: int
    content: str
    nested: Sequence[tuple[str, str]] = ()
    tags: str = "{}"


@dataclass(frozen=True)
class Planned:
    """What a plan changed.

    Parameters
    ----------
    new
        How many cells the ledger did not know.
    known
        How many it knew.
    unlinked
        How many the grid had and has no more; their results stay.
    unchanged
        Whether the plan is the one that was stored, so that nothing was done.
    reasons
        How many of the new ones are in the place of an earlier cell, by what has changed since.
    """

    new: int
    known: int
    unlinked: int
    unchanged: bool
    reasons: Mapping[str, int] = field(default_factory=dict)


class CellRow(NamedTuple):
    """A cell of a grid and what has become of it.

    Parameters
    ----------
    position
        Its place in the plan, from 0.
    row
        Number of its row, from 0 in plan order; cells that differ in repetition fields only share one.
    row_id
        Digest that they share.
    id
        Which cell, 64 hexadecimal digits.
    name
        Short name.
    task
        Identifier of its class.
    state
        One of `simulator.explore.states.STATES`.
    reason
        Why it is to run, why it ran, or why it does not.
    attempts
        How often it has begun and ended.
    time_s, cpu_s
        Duration and CPU time of the last attempt [s]; None before the first one ended, and if it was lost.
    error
        What went wrong in the last attempt; None if nothing did.
    shard, offset, rows
        Where its result lies, as in `simulator.explore.chunk.Located`; None without a result.
    tags
        JSON text of its tags.
    content
        JSON text of its content; None unless it was asked for.
    """

    position: int
    row: int
    row_id: str
    id: str
    name: str
    task: str
    state: str
    reason: str
    attempts: int
    time_s: float | None
    cpu_s: float | None
    error: str | None
    shard: str | None
    offset: int | None
    rows: int | None
    tags: str
    content: str | None = None


class Attempt(NamedTuple):
    """One attempt at a cell.

    Parameters
    ----------
    number
        Which, from 1; nothing is ordered by a clock.
    ended
        ``"done"``, ``"failed"``, ``"lost"`` (it ended without a result) or ``"running"``.
    chunk, executor, job
        Where it ran.
    started_s
        When it began, seconds since the epoch; None if it was lost.
    time_s, cpu_s
        How long it took and its CPU time [s].
    error, traceback, output
        What went wrong in one line, where, and the end of what the cell printed.
    """

    number: int
    ended: str
    chunk: str | None
    executor: str | None
    job: str | None
    started_s: float | None
    time_s: float | None
    cpu_s: float | None
    error: str | None
    traceback: str | None
    output: str | None


class GridRow(NamedTuple):
    """A grid of the folder.

    Parameters
    ----------
    name
        Its name.
    digest
        Digest of the plan that is stored.
    cells, rows
        How many it has.
    """

    name: str
    digest: str
    cells: int
    rows: int


class Running(NamedTuple):
    """A chunk that had cells running when the ledger was last written.

    Parameters
    ----------
    key, executor, job
        Which chunk, who was to run it, and how that calls it.
    ids
        Its cells that have not ended.
    """

    key: str
    executor: str
    job: str | None
    ids: Sequence[str]


@dataclass(frozen=True)
class Durations:
    """How long cells took in the past, for forecasts.

    Parameters
    ----------
    by_row
        Mean duration of finished cells of each row [s], by ``row_id``.
    by_task
        The same for each class of tasks, by its identifier.
    """

    by_row: Mapping[str, float]
    by_task: Mapping[str, float]
