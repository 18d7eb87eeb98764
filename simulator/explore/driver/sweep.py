"""One run of one grid in its folder: what experiments and grids of plans have in common."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from simulator.explore.driver.callbacks import Callbacks
from simulator.explore.driver.cells import Cells, with_dependencies
from simulator.explore.driver.choice import chosen, retry_cells
from simulator.explore.driver.describe import describe, label, plan_digest
from simulator.explore.driver.edits import tell_edits
from simulator.explore.driver.effort import Effort
from simulator.explore.driver.ending import raise_failed, tidy
from simulator.explore.driver.forecasts import Outlook
from simulator.explore.driver.handout import kind_of
from simulator.explore.driver.loop import Loop
from simulator.explore.driver.manifest import write_manifest
from simulator.explore.driver.progress import Progress
from simulator.explore.driver.races import Races
from simulator.explore.driver.recover import recover, take_over
from simulator.explore.driver.schedule import check_circles
from simulator.explore.driver.snapshot import Run
from simulator.explore.driver.terminated import terminated
from simulator.explore.ledger import Ledger
from simulator.explore.places import grid_folder, shown_id
from simulator.explore.states import DONE, PENDING, RUNNING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from simulator.explore.driver.options import Options
    from simulator.explore.driver.snapshot import Counts
    from simulator.explore.plan import Entry, Herd

__all__ = ["Sweep"]


class Sweep:
    """A grid that is run.

    Parameters
    ----------
    folder
        The sweep's folder; made if it is missing, and locked until `close`.
    grid
        Name of the grid in it.
    herd
        Its cells; may grow between calls of `run`.
    options
        How it is run.
    """

    def __init__(self, folder: Path, grid: str, herd: Herd, options: Options) -> None:
        self.executor = options.made()
        self.folder = folder
        self._grid = grid
        self._herd = herd
        self._options = options
        self._began = datetime.now(UTC)
        self._open = ExitStack()
        self.ledger = self._open.enter_context(Ledger.open(folder))
        self._started = False
        self._cells = Cells()
        self.callbacks = Callbacks()
        self._earlier: dict[str, tuple[str, str]] | None = None
        self._loop: Loop | None = None
        self._new = self._unlinked = 0
        self._reasons: Counter[str] = Counter()
        self._races: Races | None = None
        try:
            self._running = recover(self.ledger, self.executor.name)
        except BaseException:
            self.close()
            raise

    def plan(self, *, final: bool) -> None:
        """Take over cells that the herd got since the last call.

        Parameters
        ----------
        final
            Whether the herd is complete, so that what it does not have is unlinked.

        Raises
        ------
        GridError
            If cells wait for each other; nothing has been changed.
        """
        herd, before = self._herd, len(self._cells)
        needs = with_dependencies(herd, before)
        check_circles(needs, lambda id_: f"{herd[id_].task.name} ({shown_id(id_)})")
        tasks, ids = herd.tasks, herd.ids()
        earlier = {} if final else self._of_earlier()
        kept = [id_ for id_ in earlier if id_ not in herd]

        def named(position: int) -> tuple[str, str]:
            return label(tasks[position]) if position < len(tasks) else earlier[kept[position - len(tasks)]]

        planned = self.ledger.plan(
            self._grid, [*ids, *kept], plan_digest(tasks, [*ids, *kept]), lambda i: describe(tasks[i]), named
        )
        self._new += planned.new
        self._unlinked += planned.unlinked
        self._reasons.update(planned.reasons)
        grown = [at for id_ in dict.fromkeys(herd.grown) if (at := self._cells.position.get(id_)) is not None]
        herd.grown.clear()
        if len(ids) > before or grown or self._loop is None:
            self._take(list(herd)[before:], ids[before:], needs, grown)
        if final and self._races is not None:
            self._races.tell_none()

    def _of_earlier(self) -> dict[str, tuple[str, str]]:
        """Return names and tags of cells that only an earlier run planned: they stay until the plan is complete."""
        if self._earlier is None:
            known = self._grid in {grid.name for grid in self.ledger.grids()}
            ids = [id_ for id_ in self.ledger.states(self._grid) if id_ not in self._herd] if known else []
            cells = self.ledger.cells(self._grid, ids=ids) if ids else ()
            self._earlier = {cell.id: (cell.name, cell.tags) for cell in cells}
        return self._earlier

    def _take(
        self, entries: list[Entry], ids: list[str], needs: Mapping[str, Sequence[str]], grown: Sequence[int]
    ) -> None:
        """Hold new cells in memory, and let those run that are to; some that were there need more than before."""
        states = self.ledger.states(self._grid)
        states |= dict.fromkeys(retry_cells(self.ledger, self._grid, self._options.retry, states, set(ids)), PENDING)
        tell_edits(self.ledger, [entry.task for entry in entries], states)
        added = self._cells.extend(entries, ids, states)
        if self._loop is None:
            self._loop = self._made()
        left = [position for position in added if self._cells.states[position] in (PENDING, RUNNING)]
        if left or self._running:
            self._start()
        wanted = self._wanted(needs) if self._options.only else None
        for position in left if wanted is None else sorted(wanted.intersection(left)):
            task = self._cells.task(position)
            row_s = self._outlook.row_s(task.row_id) if self._outlook.knows_rows else None
            self._outlook.add(kind_of(type(task)), row_s)
        self._loop.add(added, needs, wanted, grown)

    def _start(self) -> None:
        """Start the executor, when there is something to do for it; called again, nothing happens."""
        if self._started:
            return
        self._started = True
        self._open.callback(self.executor.stop)
        self.executor.start(self.folder)
        assert self._loop is not None, "_take() comes first"
        take_over(self._running, self.ledger, self.executor, self._cells, self._loop)

    def _wanted(self, needs: Mapping[str, Sequence[str]]) -> set[int]:
        at = self._cells.position
        return {at[id_] for id_ in chosen(self.ledger, self._grid, self._options.only, needs) if id_ in at}

    def _made(self) -> Loop:
        past = self.ledger.durations() if self._cells.counts().left else None
        self._outlook = Outlook(past, workers=lambda: self.executor.capacity)
        effort = Effort(inline=self.executor.name == "inline")
        tell, race = self._options.progress, self._options.race
        self._progress = Progress(self._grid, self.executor.name, self._cells, self._outlook, effort, tell)
        self._races = None if race is None else Races(race, self._cells, self.ledger)
        return Loop(
            self._cells,
            self.ledger,
            self.executor,
            self._outlook,
            self._progress,
            self.callbacks,
            self._races,
            start=self._start,
        )

    def run(self, timeout_s: float | None = None) -> Counts:
        """Run what is left.

        Parameters
        ----------
        timeout_s
            How long at most [s]; None for as long as it takes.

        Returns
        -------
        Counts
            Cells by state.
        """
        assert self._loop is not None, "plan() comes first"
        for entry, state in zip(self._cells.entries, self._cells.states, strict=True):
            if state == DONE:  # callbacks may be added to tasks that are done
                self.callbacks.completed(entry.task)
        with terminated():
            self._loop.run(timeout_s)
        self._progress.tell(now=True)
        return self._cells.counts()

    def counts(self) -> Counts:
        """Count the cells in each state."""
        return self._cells.counts()

    def finish(self, plan_sha256: str | None = None) -> Run:
        """Write down how it went, and return it.

        Parameters
        ----------
        plan_sha256
            Digest of the plan's text; None if it was no file.
        """
        if self._races is not None:
            self._races.tell_unmeasured()
        snapshot = self._progress.snapshot()
        tidy(self.ledger)
        write_manifest(grid_folder(self.folder, self._grid), snapshot, began=self._began, plan_sha256=plan_sha256)
        return Run(
            self.folder,
            self._grid,
            snapshot,
            self._new,
            self._unlinked,
            self._herd.n_duplicates,
            tuple(self.callbacks.errors),
            dict(self._reasons),
        )

    def check(self, run: Run) -> None:
        """Raise if cells failed and nobody said to keep quiet of it; see `raise_failed`."""
        if self._options.on_failure == "raise":
            raise_failed(self.ledger, run)

    def close(self) -> None:
        """Stop the workers and let the folder go; called again, nothing happens."""
        if self._loop is not None and self._loop.recorder.flights:
            self._loop.abandon()
        self._open.close()
