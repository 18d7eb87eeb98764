"""Sweeps as a part of any program: a ``with`` block in which tasks are submitted, and that ends when they have."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from simulator.explore.config import digests_kept_in
from simulator.explore.config.context import within
from simulator.explore.driver.options import Options
from simulator.explore.driver.submitting import Experiment
from simulator.explore.driver.sweep import Sweep
from simulator.explore.plan.launcher import Launcher

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from simulator.explore.driver.race import Race
    from simulator.explore.driver.snapshot import Snapshot
    from simulator.explore.executors.base import Executor

__all__ = ["experiment"]


@contextmanager
def experiment(
    folder: str | os.PathLike[str],
    name: str,
    *,
    executor: str | Executor = "pool",
    workers: int | None = None,
    settings: Mapping[str, Any] | None = None,
    retry: str | Sequence[str] | None = None,
    race: Race | None = None,
    on_failure: Literal["raise", "keep"] = "raise",
    progress: Callable[[Snapshot], None] | None = None,
) -> Iterator[Experiment]:
    """Submit tasks in a ``with`` block; leaving it waits for them.

    What has a result already does not run again. What was submitted under this name before and is not any more is
    unlinked when the block is left: it is not shown, and its results stay. If the block raises, nothing is run, nor
    unlinked.

    Parameters
    ----------
    folder
        The sweep's folder; made if it is missing. One process at a time drives it.
    name
        What this is called in it.
    executor, workers, settings, retry, race, on_failure, progress
        As `run_grid` takes them; what Slurm is told of each task, ``xp.launcher.slurm`` takes.

    Yields
    ------
    Experiment
        To submit to, and to wait for.

    Raises
    ------
    FolderInUseError
        If another process runs this folder.
    FailedCellsError
        If tasks failed; it has the `Run` as ``run``.
    ExploreError
        If the run cannot go on; running the same program again does.

    Examples
    --------
    >>> import tempfile
    >>> from simulator.explore import Task, experiment
    >>> class Square(Task):
    ...     side_m: float
    ...     def execute(self):
    ...         return {"area_m2": self.side_m**2}
    >>> with tempfile.TemporaryDirectory() as folder, experiment(folder, "squares", executor="inline") as xp:
    ...     square = Square(side_m=3).submit()
    ...     print(xp.wait())
    ...     print(square.result()["area_m2"].item())
    1 done
    9.0
    """
    options = Options(
        executor=executor,
        workers=workers,
        settings=settings,
        retry=retry,
        race=race,
        on_failure=on_failure,
        progress=progress,
    )
    launcher = Launcher()
    sweep = Sweep(Path(folder).absolute(), name, launcher.herd, options)
    try:
        xp = Experiment(sweep, name, launcher)
        with within(xp), digests_kept_in(sweep.ledger.digests):
            yield xp
        run = xp.finish()
        sweep.check(run)
    finally:
        sweep.close()
