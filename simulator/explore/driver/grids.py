"""Runs the grid that a plan makes, or says what running it would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from simulator.errors import ConfigError, nearest
from simulator.explore.config import digests_kept_in
from simulator.explore.driver.cells import with_dependencies
from simulator.explore.driver.describe import describe
from simulator.explore.driver.edits import tell_edits
from simulator.explore.driver.forecasts import foresee
from simulator.explore.driver.handout import kind_of
from simulator.explore.driver.manifest import write_plan
from simulator.explore.driver.options import Options
from simulator.explore.driver.schedule import check_circles
from simulator.explore.driver.snapshot import Preview
from simulator.explore.driver.submitting import Experiment
from simulator.explore.driver.sweep import Sweep
from simulator.explore.executors import settings_of
from simulator.explore.ledger import Ledger
from simulator.explore.places import grid_folder
from simulator.explore.plan.launcher import Launcher
from simulator.explore.plan.loading import Plan, load_plan
from simulator.explore.plan.settings import Settings
from simulator.explore.states import BLOCKED, PENDING, RUNNING

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from simulator.explore.driver.race import Race
    from simulator.explore.driver.snapshot import Run, Snapshot
    from simulator.explore.executors.base import Executor

__all__ = ["preview_grid", "run_grid"]


def run_grid(
    plan: str | os.PathLike[str] | Plan,
    *,
    folder: str | os.PathLike[str] = "sweeps",
    name: str | None = None,
    executor: str | Executor = "pool",
    workers: int | None = None,
    settings: Mapping[str, Any] | None = None,
    retry: str | Sequence[str] | None = None,
    only: Sequence[str] = (),
    race: Race | None = None,
    on_failure: Literal["raise", "keep"] = "raise",
    progress: Callable[[Snapshot], None] | None = None,
) -> Run:
    """Run the grid that a plan makes.

    What is done stays; what failed runs again only with ``retry``; what ended without a result runs again by itself.
    Cells that the plan no longer makes are cancelled and unlinked, and their results stay.

    Parameters
    ----------
    plan
        File of a plan, or one that was loaded.
    folder
        The sweep's folder; made if it is missing. Several grids may share it, and the results of equal cells.
    name
        What the grid is called; that of the plan by default.
    executor
        Who runs the cells: ``"inline"``, ``"pool"``, ``"slurm"`` or ``"dask"``.
    workers
        How many at a time.
    settings
        What else the executor takes; for ``"slurm"`` also what `Launcher.slurm` takes, such as ``partition``, for cells
        of which the plan says nothing else.
    retry
        ``"failed"``, ``"all"``, or patterns of cells that are to run again if they have no result.
    only
        Patterns of the cells that are to run now, with what they depend on; empty for all.
    race
        How rows are raced; None for not at all.
    on_failure
        ``"raise"`` an error when cells failed, or ``"keep"`` quiet: their number is in the counts.
    progress
        Called with a `Snapshot` a few times a second.

    Returns
    -------
    Run
        How it ended.

    Raises
    ------
    GridError
        If the plan cannot be read, raises, or contradicts itself; the ledger has not been changed.
    FolderInUseError
        If another process runs this folder.
    FailedCellsError
        If cells failed; it has the `Run` as ``run``.
    ExploreError
        If the run cannot go on; running the same command again does.
    """
    of_cells, settings = _apart(settings or {}, executor)
    options = Options(
        executor=executor,
        workers=workers,
        settings=settings,
        retry=retry,
        only=only,
        race=race,
        on_failure=on_failure,
        progress=progress,
    )
    plan = plan if isinstance(plan, Plan) else load_plan(plan)
    grid = name or plan.name
    digests = _Digests(Path(folder))
    with digests_kept_in(digests):
        herd = plan.herd(of_cells)
    sweep = Sweep(Path(folder).absolute(), grid, herd, options)
    try:
        digests.keep(sweep.ledger)
        plan_sha256 = write_plan(grid_folder(sweep.folder, grid), plan.copies())
        with plan.beside():  # workers see what this process sees
            run = Experiment(sweep, grid, Launcher(herd)).finish(plan_sha256)
        sweep.check(run)
    finally:
        sweep.close()
    return run


def preview_grid(
    plan: str | os.PathLike[str] | Plan,
    *,
    folder: str | os.PathLike[str] = "sweeps",
    name: str | None = None,
    workers: int | None = None,
) -> Preview:
    """Say what running a plan would change; nothing is changed, and no folder is made.

    As a run does, it warns of results of classes that have been edited since.

    Parameters
    ----------
    plan, folder, name
        As `run_grid` takes them.
    workers
        How many cells would run at a time, for the forecast; None means as many as there are cores.

    Returns
    -------
    Preview
        What is new, known and unlinked, and how long it would take.

    Raises
    ------
    GridError
        If the plan cannot be read, raises, or contradicts itself.
    LedgerError
        If the folder has a ledger that cannot be read.
    """
    from simulator.replay.choice import usable_cores

    workers = workers or usable_cores()
    plan = plan if isinstance(plan, Plan) else load_plan(plan)
    with digests_kept_in(_Digests(Path(folder))):
        herd = plan.herd()
    check_circles(with_dependencies(herd), lambda id_: herd[id_].task.name)
    grid, folder = name or plan.name, Path(folder)
    known: dict[str, str] = {}
    members: dict[str, str] = {}
    past = None
    reasons: Mapping[str, int] = {}
    if (folder / "ledger.db").exists():
        with Ledger.open(folder, write=False) as ledger:
            for row in ledger.grids():
                known |= (states := ledger.states(row.name))
                members = states if row.name == grid else members
            past = ledger.durations()
            tell_edits(ledger, herd.tasks, known, keep=False)
            fresh = [task for task in herd.tasks if task.id not in known]
            reasons = ledger.foreseen_reasons([task.slot_id for task in fresh], lambda i: describe(fresh[i]))
    left = [entry.task for entry in herd if known.get(entry.task.id, PENDING) in (PENDING, RUNNING, BLOCKED)]
    return Preview(
        cells=len(herd),
        new=sum(id_ not in known for id_ in herd.ids()),
        known=sum(id_ in known for id_ in herd.ids()),
        unlinked=sum(id_ not in herd for id_ in members),
        duplicates=herd.n_duplicates,
        forecast=foresee(((kind_of(type(task)), task.row_id) for task in left), past, workers=workers),
        reasons=reasons,
    )


def _apart(settings: Mapping[str, Any], executor: str | Executor) -> tuple[Settings | None, dict[str, Any]]:
    """Tell what Slurm is told of each cell, unless the plan says otherwise, from settings of the executor itself."""
    names = Settings.names() if executor == "slurm" else ()
    known = [*names, *settings_of("slurm")] if names and settings else []
    for name in settings:
        if known and name not in known:
            raise ConfigError(f"Slurm has no setting {name!r}; it has {', '.join(known)}{nearest(name, known)}")
    of_cells = {name: value for name, value in settings.items() if name in names}
    return Settings(**of_cells) if of_cells else None, {name: settings[name] for name in settings if name not in names}


class _Digests:
    """Digests of files, kept in a ledger that is not written before the plan is known to be sound.

    Parameters
    ----------
    folder
        The sweep's folder; it need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[tuple[object, ...], str] = {}

    def get(self, key: Sequence[object]) -> str | None:
        """Return what was kept, now or by an earlier run."""
        if tuple(key) in self._found or not (self._folder / "ledger.db").exists():
            return self._found.get(tuple(key))
        with Ledger.open(self._folder, write=False) as ledger:
            return ledger.digests.get(key)

    def put(self, key: Sequence[object], digest: str) -> None:
        """Remember a digest."""
        self._found[tuple(key)] = digest

    def keep(self, ledger: Ledger) -> None:
        """Write down what was found."""
        with ledger.transaction():
            for key, digest in self._found.items():
                ledger.digests.put(key, digest)
