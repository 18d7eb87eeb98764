"""``simulator report``: one page that shows what was found."""

from __future__ import annotations

import json
from pathlib import Path

import click

from simulator.cli.options import as_json, examples, quiet, verbose

__all__ = ["report"]


@click.command(
    short_help="Show what was found, on one page.",
    epilog=examples(
        ("simulator report results", "writes results/report.html"),
        ("simulator report results sweeps/lr -o all.html", "several folders on one page"),
        ('simulator report results --title "Fleet, spring" --open', "a heading of your own, shown in the browser"),
        ("simulator report results --json -q | jq .missing", "for programs: which commands would add what"),
    ),
)
@click.argument("results", type=click.Path(path_type=Path), metavar="[RESULTS]...", nargs=-1)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    show_default="report.html in the first folder",
    help="Where to.",
)
@click.option("--title", metavar="TEXT", show_default="what was compared", help="Heading of the page.")
@click.option("--open", "show", is_flag=True, help="Show it in the browser.")
@as_json
@quiet
@verbose
def report(
    *, results: tuple[Path, ...], out: Path | None, title: str | None, show: bool, as_json: bool, quiet: bool
) -> None:
    """Write one page of HTML that shows what was found: verdicts, regret, choices, fronts, and how it was made.

    RESULTS are folders that other commands wrote with --out, results if none is named; what lies in folders within them
    is found as well. The page is one file that needs no network: send it as it is.
    """
    from simulator.cli.outputs import usable
    from simulator.cli.progress import portion, progress
    from simulator.cli.show import say
    from simulator.report import write

    folders = results or (Path("results"),)
    first = folders[0]
    path = out or (first if first.is_dir() else first.parent) / "report.html"
    page = usable(path, wanted="a file, in a folder that can be written to,")
    with progress(1, quiet=quiet) as tell, page:
        written = write(folders, path, title=title, progress=portion(tell, 0, "figures"))
    if as_json:
        said = {**vars(written), "path": str(written.path)}
        click.echo(json.dumps(said))
    for name, reason in written.problems.items():
        say(f"Not shown: {name} {reason}", err=True)
    if not quiet:
        say(f"Wrote {written.path}: {', '.join(written.sections)}", err=True)
        if written.missing:
            say(f"The page says which commands would add: {', '.join(written.missing)}", err=True)
    if show:
        click.launch(str(path))
