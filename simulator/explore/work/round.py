"""Runs cells one after another, or many in one call, and takes note of what becomes of each."""

from __future__ import annotations

import os
import resource
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from simulator.explore.chunk import Outcome
from simulator.explore.work.chance import seed
from simulator.explore.work.failure import full_of, line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from simulator.explore.config.task import Task
    from simulator.explore.work.keeper import Keeper
    from simulator.explore.work.output import Output
    from simulator.explore.work.surroundings import Surroundings

__all__ = ["Round"]


def _cpu_s() -> float:
    """CPU time of this process so far, and of children that it has waited for [s]."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Round:
    """One pass over some cells of a chunk.

    Parameters
    ----------
    keeper
        Is given what becomes of them.
    output
        What they print.
    surroundings
        What is set back after each.
    passes
        Whether something raised that is no `Exception` goes up; see `simulator.explore.work.run.run_chunk`.
    """

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
