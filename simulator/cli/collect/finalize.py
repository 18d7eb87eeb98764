"""``simulator collect finalize``: make traces of what was recorded."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import as_json, examples, quiet, verbose

__all__ = ["finalize"]


@click.command(
    short_help="Make traces of what was recorded.",
    epilog=examples(
        ("simulator collect finalize a100", "the same results give the same bytes"),
        ("simulator replay --traces a100/trace", "replay the traces"),
    ),
)
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@as_json
@quiet
@verbose
def finalize(*, out: Path, as_json: bool, quiet: bool) -> None:
    """Make traces of the results in OUT, the folder of a collection, be it finished or not.

    Only results are read; nothing is run.
    """
    from simulator.cli.collect.report import report
    from simulator.collect.finalize import finalize as make_traces

    report(make_traces(out), as_json=as_json, quiet=quiet)
