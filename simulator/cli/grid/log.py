"""``simulator grid log``: what a cell printed, and where it failed."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from simulator.cli.grid.words import cells_in, counted, folder_option, name_option
from simulator.cli.options import as_json, examples, verbose
from simulator.cli.told import tell, tell_files
from simulator.explore.places import job_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.explore.ledger.records import Attempt

__all__ = ["log"]

#: How often files are looked at [s].
_EVERY_S = 0.5


@click.command(
    short_help="Show what a cell printed, and where it failed.",
    epilog=examples(
        ("simulator grid log 3", "the first cell of a row: output, error, traceback"),
        ("simulator grid log readme 3", "of a grid, where the folder has several"),
        ("simulator grid log 4f2a --tail 20", "the last lines of a cell"),
        ("simulator grid log 3 --follow", "until it has ended"),
        ("simulator grid log 3 --where", "the folders and files that belong to it"),
    ),
)
@click.argument("words", nargs=-1, required=True, metavar="[GRID] INDEX|ID")
@folder_option
@name_option
@click.option(
    "--attempt", type=click.IntRange(1), metavar="N", show_default="the last one", help="Which attempt to show."
)
@click.option("--tail", type=click.IntRange(1), metavar="N", help="Show the last lines only.")
@click.option("--follow", is_flag=True, help="Show what the files of a running cell grow by, until it has ended.")
@click.option("--where", is_flag=True, help="Show paths instead: the cell's folder, and files of schedulers.")
@as_json
@verbose
def log(
    *,
    words: tuple[str, ...],
    folder: Path,
    name: str | None,
    attempt: int | None,
    tail: int | None,
    follow: bool,
    where: bool,
    as_json: bool,
) -> None:
    """Show what a cell printed, its error and its traceback.

    INDEX is that of a row, of which the first cell is meant; ID the beginning of a cell's id. What a cell prints is
    kept when it ends; until then there are the files of the scheduler, where it has some.
    """
    from simulator.errors import UnknownCellError
    from simulator.explore.read.explain import explain_cell

    if follow and as_json:
        raise click.UsageError("--follow is for people; leave it out, or --json")
    name, (wanted,) = cells_in(folder, name, words, 1)
    found = explain_cell(folder, wanted, grid=name)
    if follow and found.cell.state == "running":
        _follow(folder, found.cell.id, found.grid, _files(folder, found.attempts))
        found = explain_cell(folder, found.cell.id, grid=found.grid)
    if where:
        paths = [found.jobpath or job_folder(folder, found.cell.id), found.result, *_files(folder, found.attempts)]
        tell_files([path for path in paths if path is not None and path.exists()], as_json=as_json, quiet=False)
        return
    attempts = [each for each in found.attempts if attempt in (None, each.number)]
    if not attempts:
        tried = len(found.attempts)
        which = f"not attempt={attempt}" if tried else "it has not run yet"
        raise UnknownCellError(f"{found.cell.name} was tried {counted(tried, 'time')}; {which}")
    last = attempts[-1]
    lines = (last.output or "").splitlines() + (last.traceback or last.error or "").splitlines()
    shown = lines[-tail:] if tail else lines
    said = "\n".join(shown) if lines else _nothing(last, _files(folder, [last]))
    tell(said, as_json=as_json, id=found.cell.id, attempt=last.number, ended=last.ended, lines=shown)


def _nothing(attempt: Attempt, files: Sequence[Path]) -> str:
    said = {"running": "it runs now, and what it prints is kept when it ends", "lost": "it ended without a result"}
    here = f"; see {', '.join(map(str, files))}" if files else ""
    return f"(attempt {attempt.number}: {said.get(attempt.ended, 'it printed nothing')}{here})"


def _files(folder: Path, attempts: Sequence[Attempt]) -> list[Path]:
    """Find the files of schedulers and workers that are about the last attempt, by chunk or job in their names."""
    if not attempts:
        return []
    words = [word for word in (attempts[-1].chunk, attempts[-1].job) if word]
    everything = sorted((folder / "logs").rglob("*")) if (folder / "logs").is_dir() else []
    names = {path: str(path.relative_to(folder)) for path in everything if path.is_file()}
    return [path for path, name in names.items() if any(word in name for word in words)]


def _follow(folder: Path, id_: str, grid: str, files: Sequence[Path]) -> None:
    """Print what files grow by, until the cell runs no more or Ctrl-C ends it."""
    from simulator.explore.read.explain import explain_cell

    read = dict.fromkeys(files, 0)
    with suppress(KeyboardInterrupt):
        while True:
            running = explain_cell(folder, id_, grid=grid).cell.state == "running"
            for path in files:
                with path.open("rb") as file:
                    file.seek(read[path])
                    grown = file.read()
                read[path] += len(grown)
                click.echo(grown.decode(errors="replace"), nl=False)
            if not running:
                return
            time.sleep(_EVERY_S)
