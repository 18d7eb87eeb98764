"""Runs the cells of a chunk, one failing cell never stopping another."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from simulator.errors import LedgerError
from simulator.explore.chunk import Outcome, Report
from simulator.explore.config.context import within
from simulator.explore.work.chance import kept
from simulator.explore.work.inside import Inside
from simulator.explore.work.keeper import Keeper
from simulator.explore.work.output import caught
from simulator.explore.work.round import Round
from simulator.explore.work.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulator.explore.chunk import Chunk

__all__ = ["give_up", "run_chunk"]


def ctrl_c(error: BaseException) -> bool:
    """Tell whether something raised while a cell ran concerns all: Ctrl-C does."""
    return isinstance(error, KeyboardInterrupt)


def run_chunk(
    chunk: Chunk,
    folder: Path,
    report: Callable[[Report], None],
    *,
    own_process: bool = False,
    passes: Callable[[BaseException], bool] = ctrl_c,
) -> None:
    """Run a chunk and write what becomes of its cells into shards, about every ``chunk.flush_s`` and at the end.

    Cells with equal `Task.batch_key` come together in one call of `Task.execute_many`; if that raises, those of its
    cells that have no result yet run again, each alone. Cells that shards of this very chunk hold already, because
    it was begun before, do not run again. What a cell changes in the process, such as its folder or its environment,
    is set back before the next one; see `simulator.explore.work.surroundings`.

    Parameters
    ----------
    chunk
        What to run.
    folder
        The sweep's folder.
    report
        Told ``started``, ``shard`` and ``ended``; by one thread at a time, not always by the same.
    own_process
        Whether nobody else lives in this process, so that output can be caught where the operating system sees it,
        children's as well.
    passes
        Whether an exception that is not an `Exception`, such as `KeyboardInterrupt`, is none of the cell's own and
        goes up to the caller, after what was finished has been written. By default Ctrl-C does.

    Raises
    ------
    OSError
        A shard cannot be written: the disk is full, say.
    """
    from simulator.explore.shards import chunk_shards, read_outcomes

    pid = os.getpid()
    report(Report(chunk.key, "started", who=f"pid {pid}", pid=pid))
    held: set[str] = set()
    shards = chunk_shards(folder, chunk.key)
    for shard in shards:
        with suppress(LedgerError):  # torn, so nothing is held
            held.update(outcome.id for outcome in read_outcomes(shard))
            report(Report(chunk.key, "shard", shard=shard))
    cells = [cell for cell in chunk.cells if cell.id not in held] if held else chunk.cells
    with ExitStack() as stack:
        stack.enter_context(kept())
        surroundings = Surroundings()
        stack.callback(surroundings.restore)
        output = stack.enter_context(caught(own_process))
        keeper = stack.enter_context(Keeper(chunk, folder, part=len(shards), report=report, on_tick=output.trim))
        stack.enter_context(within(Inside(chunk, folder)))
        Round(keeper, output, surroundings, passes).run(cells)
    report(Report(chunk.key, "ended"))


def give_up(chunk: Chunk, folder: Path, error: str, traceback: str, report: Callable[[Report], None]) -> None:
    """Let all cells of a chunk fail that could not even begin, because they cannot be sent or read, say.

    Parameters
    ----------
    chunk
        The chunk.
    folder
        The sweep's folder.
    error
        Why, in one line.
    traceback
        Where.
    report
        Told of the shard that says so.
    """
    from simulator.explore.shards import chunk_shards

    part = len(chunk_shards(folder, chunk.key))
    with Keeper(chunk, folder, part=part, report=report) as keeper:
        for cell in chunk.cells:
            keeper.add(Outcome(cell.id, False, 0, time.time(), 0.0, 0.0, error, traceback))
