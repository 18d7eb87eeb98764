"""``simulator collect plot``: pictures of a collection."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import as_json, examples, out_path_option, quiet, verbose

__all__ = ["plot"]


@click.command(
    short_help="Draw a collection.",
    epilog=examples(
        ("simulator collect plot a100", "its cells and all its runs, into a100/plots"),
        ("simulator collect plot a100 --out cells.svg", "its cells only"),
        ("simulator collect plot a100 --run 3f2a --out run.png", "one run, by the beginning of its key"),
    ),
)
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@click.option("--run", metavar="KEY", help="Only the power of this run; the beginning of its key will do.")
@out_path_option(
    "Folder for the pictures, or a file that ends in .png, .svg or .pdf.",
    metavar="FILE|DIR",
    usually="OUT/plots",
    name="target",
)
@click.option(
    "--format", "kind", type=click.Choice(["png", "svg", "pdf"]), default="png", help="Format of a folder's files."
)
@as_json
@quiet
@verbose
def plot(*, out: Path, run: str | None, target: Path | None, kind: str, as_json: bool, quiet: bool) -> None:
    """Draw the collection in OUT, be it finished or not: power over time of each run, and power and time of each cell.

    A cell is a batch size at a power limit. Epochs are numbered, and hatched where something is to be said against
    their measurement.
    """
    from simulator.cli.progress import portion, progress
    from simulator.cli.told import tell_files
    from simulator.collect.plots import save_plots

    with progress(1, quiet=quiet) as tell:
        files = save_plots(out, target, run=run, suffix=f".{kind}", progress=portion(tell, 0, "drawing"))
    if as_json:
        tell_files(files, as_json=True, quiet=quiet)
    elif not quiet:
        for file in files:
            click.echo(f"Wrote {file}", err=True)
