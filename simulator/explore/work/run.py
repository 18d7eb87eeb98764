"""Runs the cells of a chunk, one failing cell never stopping another."""

from __future__ import annotations

import os
import resource
import time
from collections import deque
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from simulator.errors import LedgerError
from simulator.explore.chunk import Outcome, Report
from simulator.explore.config.context import within
from simulator.explore.work.chance import kept, seed
from simulator.explore.work.failure import full_of, line_of
from simulator.explore.work.inside import Inside
from simulator.explore.work.keeper import Keeper
from simulator.explore.work.output import caught
from simulator.explore.work.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from pathlib import Path

    from simulator.explore.chunk import Chunk
    from simulator.explore.config.task import Task
    from simulator.explore.work.output import Output

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
        _Round(keeper, output, surroundings, passes).run(cells)
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


def _cpu_s() -> float:
    """CPU time of this process so far, and of children that it has waited for [s]."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class _Round:
    """One pass over some cells."""

    def __init__(
        self, keeper: Keeper, output: Output, surroundings: Surroundings, passes: Callable[[BaseException], bool]
    ) -> None:
        self._keeper = keeper
        self._output = output
        self._surroundings = surroundings
        self._passes = passes
        self._pid = os.getpid()
        #: What ended the last call for many before its time.
        self._broke: BaseException | None = None
        self._begin()

    def run(self, cells: Sequence[Any]) -> None:
        """Run all of them."""
        self._output.take()  # what was printed while they were read
        for alone, group in self._groups(cells):
            if alone:
                self._one(group[0])
            else:
                self._many(group)

    def _groups(self, cells: Sequence[Any]) -> Iterator[tuple[bool, list[Any]]]:
        """Put together what wants to run in one call, in the order in which the first of each comes."""
        groups: dict[Hashable, list[Any]] = {}
        batched: dict[type, bool] = {}
        for i, cell in enumerate(cells):
            kind = type(cell)
            if kind not in batched:
                batched[kind] = _comes_in_batches(kind)
            key: Hashable = None
            if batched[kind]:
                self._begin()
                try:
                    key = cell.batch_key()
                    hash(key)
                except BaseException as error:  # a user's code may raise anything
                    self._failed(cell, error)
                    continue
            groups.setdefault(i if key is None else (kind, key), []).append(cell)
        for place, group in groups.items():
            yield isinstance(place, int), group

    def _one(self, cell: Any) -> None:
        """Run a cell alone."""
        self._begin()
        try:
            seed(cell.id)
            result = cell.execute()
        except BaseException as error:  # a user's code may raise anything
            self._failed(cell, error)
        else:
            self._keeper.add(self._outcome(cell), result)
        self._leave()

    def _many(self, cells: list[Any]) -> None:
        """Run cells in one call; if it raises, those that it gave nothing for come again, each in a call alone."""
        self._begin()
        waiting = deque(cells)
        unclear = None
        for result in self._given(cells):
            if not waiting:
                unclear = (
                    f"TypeError: execute_many gave more than {len(cells)} results for as many cells; whose are they?"
                )
                break
            if isinstance(result, BaseException):
                self._failed(waiting.popleft(), result, shared=True)
            else:
                self._keeper.add(self._outcome(waiting.popleft()), result, shared=True)
        self._keeper.end_of_call(unclear)
        self._leave()
        broke, self._broke = self._broke, None
        if broke is None:
            broke = TypeError(f"execute_many gave {len(cells) - len(waiting)} results for {len(cells)} cells")
        elif len(cells) > 1:
            for cell in waiting:
                self._many([cell])
            return
        for cell in waiting:
            self._failed(cell, broke)

    def _given(self, cells: list[Any]) -> Iterator[Any]:
        """Give what the call gives, as it comes; what it raises is kept, unless it concerns all."""
        try:
            seed(cells[0].id)
            yield from type(cells[0]).execute_many(cells)
        except GeneratorExit:
            raise
        except BaseException as error:  # a user's code may raise anything
            if not isinstance(error, Exception) and self._passes(error):
                raise
            self._broke = error

    def _leave(self) -> None:
        """Let nothing of what a cell has changed in this process reach the next one."""
        self._output.renew()
        self._surroundings.restore()

    def _begin(self) -> None:
        self._started_s = time.time()
        self._clock_s = time.perf_counter()
        self._cpu_s = _cpu_s()

    def _outcome(self, cell: Any, error: str | None = None, traceback: str | None = None) -> Outcome:
        """Say what became of a cell that ends now; the next one begins now."""
        if os.getpid() != self._pid:
            os._exit(1)  # the cell forked, and its child came out of it; only the parent goes on
        started_s, clock_s, cpu_s = self._started_s, self._clock_s, self._cpu_s
        self._begin()
        return Outcome(
            cell.id,
            error is None,
            0,
            started_s,
            self._clock_s - clock_s,
            self._cpu_s - cpu_s,
            error,
            traceback,
            self._output.take(),
        )

    def _failed(self, cell: Any, error: BaseException, *, shared: bool = False) -> None:
        if not isinstance(error, Exception) and self._passes(error):
            raise error
        self._keeper.add(self._outcome(cell, line_of(error), full_of(error, skip=1)), shared=shared)


def _comes_in_batches(kind: type[Task]) -> bool:
    """Tell whether a class of tasks has an `execute_many` of its own, and groups its cells for it."""
    from simulator.explore.config.task import Task

    own = getattr(kind.execute_many, "__func__", None) is not getattr(Task.execute_many, "__func__", None)
    return own and kind.batch_key is not Task.batch_key
