"""``simulator grid audit``: are the kept results what the cells would come to now."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from simulator.cli.grid.words import counted, folder_option, name_option, patterns_argument
from simulator.cli.options import as_json, examples, quiet, verbose
from simulator.explore.places import shown_id

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["audit"]

#: Differences that are listed for people.
_LISTED = 20


@click.command(
    short_help="Run some cells again and compare their results to the bit.",
    epilog=examples(
        ("simulator grid audit", "one cell in a hundred, chosen at random"),
        ("simulator grid audit --share 1", "all of them"),
        ("simulator grid audit 3:7 --json", "these rows, for programs"),
    ),
)
@patterns_argument
@folder_option
@name_option
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="X",
    show_default="0.01, or all that PATTERNS choose",
    help="Which part of the cells to run again, at random.",
)
@click.option("--seed", type=int, default=0, metavar="N", help="Seed of the choice.")
@as_json
@quiet
@verbose
def audit(
    *,
    patterns: tuple[str, ...],
    folder: Path,
    name: str | None,
    share: float | None,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run cells again that have a result, elsewhere, and compare to the bit; nothing is changed.

    The exit code is 1 if anything came out otherwise, or could not be run again.
    """
    from simulator.cli.progress import progress
    from simulator.explore.read.auditing import audit as audited

    with progress(1, quiet=quiet) as tell:
        found = audited(
            folder,
            name,
            patterns=patterns,
            share=share,
            seed=seed,
            progress=lambda n, of: tell(n / of, f"{n} of {of} cells"),
        )
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        click.echo(f"{found.checked:,} of {counted(found.of, 'finished cell')} run again: ", nl=False)
        wrong = len({each.id for each in found.unequal})
        click.echo(f"{counted(wrong, 'cell')} came out otherwise" if wrong else "all the same, to the bit")
        for each in found.unequal[:_LISTED]:
            at = "" if each.column is None else f"row {each.row}, {each.column}: "
            click.echo(f"  {each.name} ({shown_id(each.id)}): {at}{each.kept} is kept, now {each.again}")
        if len(found.unequal) > _LISTED:
            click.echo(f"  and {len(found.unequal) - _LISTED:,} more differences")
        for id_, why in found.left_out.items():
            click.echo(f"  {shown_id(id_)} was not run again: {why}")
    if found.unequal or found.left_out:
        click.get_current_context().exit(1)
