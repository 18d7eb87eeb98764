"""``simulator grid run``: make a plan come true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simulator.cli.default import DefaultCommand
from simulator.cli.grid.words import (
    baseline_option,
    folder_option,
    plan_argument,
    settings,
)
from simulator.cli.knobs import confidence_option, workers_option
from simulator.cli.options import as_json, examples, quiet, verbose

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.explore.driver import Race

__all__ = ["default", "run"]

EXECUTORS = ("inline", "pool", "slurm", "dask")

_EPILOG = examples(
    ("simulator grid example readme", "write a plan to begin with: readme.py"),
    ("simulator grid run readme.py --dry-run", "how many cells it makes, and how long they may take"),
    ("simulator grid run readme.py", "run what has no result yet, on all cores"),
    ("simulator grid run readme.py --retry", "and what failed, once more"),
    ("simulator grid run readme.py --on slurm", "on a cluster"),
    ("simulator grid run policies.py --race cost", "stop what is surely dominated"),
    ("simulator grid run readme.py --baseline policy=default", "with changes against a baseline, seed by seed"),
)


@click.command(short_help="Run what a plan makes and has no result yet.", epilog=_EPILOG)
@plan_argument
@click.argument("patterns", nargs=-1, metavar="[PATTERNS]...")
@click.option("--on", "--executor", "on", type=click.Choice(EXECUTORS), default="pool", help="Who runs the cells.")
@folder_option
@click.option("--name", metavar="GRID", show_default="that of the plan's file", help="What the grid is called.")
@workers_option
@click.option("--retry", "--retry-failed", "retry", is_flag=True, help="Run again what failed, too.")
@click.option(
    "--race",
    metavar="MEASURE",
    help="Stop rows that surely have more of this than another, such as cost; the reason is kept.",
)
@click.option(
    "--race-among",
    multiple=True,
    metavar="FIELD",
    show_default="all but the job, what was recorded, and what else makes results comparable",
    help="A field in which rows differ that compete.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    callback=settings,
    metavar="NAME=VALUE",
    help="A setting of the executor, such as partition=batch for slurm.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be run, and how long it may take; run nothing.")
@baseline_option
@confidence_option
@as_json
@quiet
@verbose
def run(
    *,
    plan: Path,
    patterns: tuple[str, ...],
    on: str,
    folder: Path,
    name: str | None,
    workers: int | None,
    retry: bool,
    race: str | None,
    race_among: tuple[str, ...],
    settings: dict[str, Any],
    dry_run: bool,
    baseline: dict[str, str],
    confidence: float,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the cells that PLAN.py makes and that have no result yet, and show the table.

    A plan is a Python file with a function explorer(launcher). What was run before is not run again, and what the plan
    makes no more is left out of the table; its results are kept. Ctrl-C or any other end loses no result: run it again
    to go on. PATTERNS choose cells: the index of a row, 3:7, the beginning of an id, a value such as policy=default,
    part of a name or of a value, and '!part' for all others.

    The exit code is 0 if all cells have a result, 1 if some failed, 2 if the plan or the folder cannot be used.
    """
    from simulator.cli.grid.report import conclude, say_preview

    raced = _race(race, race_among)
    if dry_run:
        say_preview(plan, folder=folder, name=name, workers=workers, as_json=as_json)
        return
    from simulator.cli.grid.live import following
    from simulator.cli.grid.report import saying_what_is_left
    from simulator.explore.driver import run_grid

    reading: dict[str, Any] = {"baseline": baseline, "confidence": confidence, "patterns": patterns}
    with saying_what_is_left(folder, name or plan.stem), following(folder, quiet=quiet, reading=reading) as tell:
        done = run_grid(
            plan,
            folder=folder,
            name=name,
            executor=on,
            workers=workers,
            settings=settings or None,
            retry="failed" if retry else None,
            race=raced,
            only=patterns,
            on_failure="keep",
            progress=tell,
        )
    conclude(done, reading=reading, as_json=as_json, quiet=quiet)
    if done.counts.failed or done.counts.blocked:
        click.get_current_context().exit(1)


def _race(measure: str | None, among: tuple[str, ...]) -> Race | None:
    from simulator.explore.driver import Race

    if measure is None and among:
        raise click.UsageError("--race-among says who competes; say --race MEASURE, too, such as --race cost")
    return None if measure is None else Race(measure=measure, among=among or None)


default = DefaultCommand(
    "grid",
    callback=run.callback,
    params=run.params,
    help=run.help,
    short_help="Plan, run, resume and read sweeps of many replays.",
    epilog=_EPILOG,
)
