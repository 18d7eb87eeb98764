"""What ``simulator grid`` says before and after a sweep: what would be run, and what came of it."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.cells import energy, time
from simulator.cli.grid.words import because, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from simulator.explore.driver import Run, Snapshot

__all__ = ["conclude", "own_costs", "say_preview", "saying_what_is_left", "simulated"]

#: Failures that are named.
_LISTED = 5


def say_preview(plan: Path, *, folder: Path, name: str | None, workers: int | None, as_json: bool) -> None:
    """Print what a plan would change, and how long that may take; nothing is changed.

    Parameters
    ----------
    plan
        The plan's file.
    folder, name, workers
        As they would be run with.
    as_json
        Whether a program reads it.
    """
    from simulator.cli.show import say
    from simulator.explore.driver import preview_grid

    found = preview_grid(plan, folder=folder, name=name, workers=workers)
    forecast = found.forecast
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    new = "all of them new" if found.new == found.cells else f"{found.new:,} of them new"
    notes = [f"{new}{because(found.reasons)}"] if found.new else []
    notes += [f"{counted(found.duplicates, 'duplicate')} left out"] if found.duplicates else []
    say(f"The plan makes {counted(found.cells, 'cell')}{''.join(f', {note}' for note in notes)}.")
    if found.unlinked:
        say(f"{counted(found.unlinked, 'cell')} of the grid would be left out of it; results are kept.")
    if not forecast.cells:
        say("Nothing is left to be run.")
        return
    say(f"{counted(forecast.cells, 'cell')} to be run: {_expected(forecast.seconds)} ({forecast.basis}).")


def _expected(seconds: float | None) -> str:
    if seconds is None:
        return "how long that takes is not known"
    return "less than a second" if seconds < 1 else f"about {time(seconds)}"


def conclude(run: Run, *, reading: Mapping[str, Any], as_json: bool, quiet: bool) -> None:
    """Print the table of a grid that has been run, how many cells are in which state, and what failed.

    Parameters
    ----------
    run
        How it ended.
    reading
        How to read the table.
    as_json
        Whether programs read it: a row a line.
    quiet
        Whether to leave out what is not the table, nor a failure.
    """
    from simulator.cli.grid.reading import overview_of, say_json, say_table

    table, shown = overview_of(run.folder, run.grid, **reading)
    if as_json:
        say_json(table)
    else:
        say_table(table, shown)
    if not quiet:
        _say(f"{run.grid}: {run.counts}; {_news(run)}")
        if run.snapshot.ran:
            _say(own_costs(run.snapshot, **simulated(table)))
    if run.counts.failed or run.counts.blocked:
        _say_failures(run)


@contextmanager
def saying_what_is_left(folder: Path, grid: str) -> Iterator[None]:
    """Say, if Ctrl-C ends what is inside, what is done and that the same command goes on."""
    try:
        yield
    except KeyboardInterrupt:
        from simulator.errors import SimulatorError
        from simulator.explore.driver.snapshot import Counts
        from simulator.explore.ledger import Ledger

        with suppress(SimulatorError, OSError), Ledger.open(folder, write=False) as ledger:
            _say(f"{grid}: {Counts.of(ledger.counts(grid))}; the same command goes on from here")
        raise


def own_costs(snapshot: Snapshot, *, energy_j: float | None = None, results: int | None = None) -> str:
    """Say what the sweep itself took, beside what it simulated.

    Parameters
    ----------
    snapshot
        What the driver tells.
    energy_j
        What was simulated [J]; None if nothing was.
    results
        How many results that is of; None if they are still to become more.
    """
    said = [time(snapshot.elapsed_s), f"{time(snapshot.cpu_s)} of CPU time"]
    if snapshot.energy_j is not None:
        said.append(f"{energy(snapshot.energy_j)} in the CPUs")
    if snapshot.gpu_energy_j is not None:
        said.append(f"{energy(snapshot.gpu_energy_j)} in the GPUs")
    own = f"The sweep itself took {', '.join(said)}"
    if energy_j is None:
        return f"{own}."
    if results is None:
        return f"{own}; so far, {energy(energy_j)} are simulated."
    if results == snapshot.ran - snapshot.counts.failed:  # so none of them was there before
        return f"{own}, to simulate {energy(energy_j)}."
    return f"{own}; all {results:,} results together simulate {energy(energy_j)}."


def simulated(table: pd.DataFrame) -> dict[str, Any]:
    """Add up the energy that the results of a table simulate, for `own_costs`; nothing where none do."""
    if "energy_j" not in table.attrs["measures"] or not (has := table["energy_j"].notna() & (table["n"] > 0)).any():
        return {}
    return {
        "energy_j": float((table["energy_j"] * table["n"])[has].sum()),
        "results": int(table.loc[has, "n"].sum()),
    }


def _news(run: Run) -> str:
    parts = [f"{run.snapshot.ran:,} ran now" if run.snapshot.ran else "nothing was left to be run"]
    parts += [f"{run.new:,} new{because(run.reasons)}"] if run.new else []
    why = (
        "the new ones are in their place"
        if sum(run.reasons.values()) >= run.unlinked
        else "the plan makes them no more"
    )
    parts += [f"{run.unlinked:,} left out, as {why}"] if run.unlinked else []
    parts += [f"{counted(run.duplicates, 'duplicate')} in the plan"] if run.duplicates else []
    return ", ".join(parts)


def _say_failures(run: Run) -> None:
    from simulator.cli.grid.failures import failures_of
    from simulator.explore.ledger import Ledger

    with Ledger.open(run.folder, write=False) as ledger:
        failures = failures_of(ledger, run.grid)
    many = f"{counted(run.counts.failed, 'cell')} failed"
    many += f", and {run.counts.blocked:,} that need them were not run" if run.counts.blocked else ""
    _say(f"{many}:")
    for each in failures[:_LISTED]:
        _say(f"  {each}")
    if more := sum(each.cells for each in failures[_LISTED:]):
        _say(f"  and {more:,} more")
    _say("See `simulator grid log ID` for all that one said; --retry runs them again.")


def _say(text: str) -> None:
    from rich.text import Text

    from simulator.cli.terminal import console

    console(err=True).print(Text(text), soft_wrap=True)
