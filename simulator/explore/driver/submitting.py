"""What the block of an experiment is given: tasks are submitted to it, waited for, and their results read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import ExploreError
from simulator.explore.config.context import within
from simulator.explore.places import grid_folder, job_folder
from simulator.explore.tokens.token import Token

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from simulator.explore.config import Task
    from simulator.explore.driver.snapshot import Counts, Run
    from simulator.explore.driver.sweep import Sweep
    from simulator.explore.plan.launcher import Launcher

__all__ = ["Experiment"]


class Experiment:
    """What `experiment` hands out; not made by users.

    Parameters
    ----------
    sweep
        The run of its grid.
    name
        Name of the grid.
    herd_launcher
        Makes its cells.
    """

    def __init__(self, sweep: Sweep, name: str, herd_launcher: Launcher) -> None:
        self._sweep = sweep
        #: Makes tasks with defaults bound to it, and schedules them.
        self.launcher = herd_launcher
        self.name = name
        #: How it went; None until the block has been left.
        self.run: Run | None = None

    @property
    def folder(self) -> Path:
        """The sweep's folder."""
        return self._sweep.folder

    @property
    def resultspath(self) -> Path:
        """Where this experiment's own results go; it exists."""
        path = grid_folder(self.folder, self.name) / "results"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def submit(self, task: Task) -> Task:
        """Schedule a task; it runs when something waits.

        Parameters
        ----------
        task
            Sealed by this.

        Returns
        -------
        Task
            Itself, or the one of the same id that was submitted first; that has the callbacks of both, and unless it
            has begun, it waits for what either needs.

        Raises
        ------
        GridError
            If it has no id, for instance because a file that it names cannot be read.
        """
        first: Task = self.launcher(task)
        if first is not task:
            for callback in task.callbacks:
                first.on_completed(callback)
        return first

    def token(self, name: str, n: int) -> Token:
        """Name something of which there is only so much; see `simulator.explore.tokens.Token`.

        Parameters
        ----------
        name, n
            What it is called, and how much of it there is.
        """
        return Token(name, n)

    def jobpath(self, task: Task) -> Path:
        """Return a task's own folder; it exists when this returns."""
        path = job_folder(self.folder, task.id)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def result(self, task: Task) -> pd.DataFrame:
        """Return the rows of a finished task.

        Raises
        ------
        ExploreError
            If it has none yet.
        """
        rows = self._sweep.ledger.rows([task.id]) if self._sweep.ledger.located([task.id]) else None
        if rows is None:
            raise ExploreError(f"{task.name} has no result yet: call wait() first, and see whether it failed")
        found: pd.DataFrame = rows.drop(columns="cell")
        return found

    def wait(self, timeout_s: float | None = None) -> Counts:
        """Run what was submitted, until nothing is left to run.

        Callbacks of tasks that are done have been called when this returns. What a callback submits runs as well.

        Parameters
        ----------
        timeout_s
            How long at most [s]; None for as long as it takes.

        Returns
        -------
        Counts
            Cells by state; some are left if the time was over.

        Raises
        ------
        ExploreError
            If the run cannot go on.
        """
        return self._turn(timeout_s, final=False)

    def _turn(self, timeout_s: float | None, *, final: bool) -> Counts:
        with within(self):
            while True:
                size = len(self.launcher.herd)
                self._sweep.plan(final=final)
                counts = self._sweep.run(timeout_s)
                if len(self.launcher.herd) == size or (counts.left and timeout_s is not None):
                    return counts

    def finish(self, plan_sha256: str | None = None) -> Run:
        """Run all, unlink what is not submitted any more, and write down how it went.

        Parameters
        ----------
        plan_sha256
            Digest of the plan's text; None if it was no file.
        """
        self._turn(None, final=True)
        self.run = self._sweep.finish(plan_sha256)
        return self.run
