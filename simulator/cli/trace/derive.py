"""``simulator trace derive``: other targets for recorded runs."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import NUMBER, examples, verbose

__all__ = ["derive"]


@click.command(
    short_help="Train recorded runs to other targets.",
    epilog=examples(
        ("simulator trace derive collected --target 0.9 --target 0.95", "two targets of the only metric"),
        ("simulator trace derive collected --metric loss --target 0.3 --lower-is-better", "one of several metrics"),
        ("simulator replay --traces derived-traces", "and replay them"),
    ),
)
@click.argument("directory", metavar="DIR")
@click.option(
    "--target",
    "targets",
    type=NUMBER,
    metavar="X",
    multiple=True,
    required=True,
    help="Value of the metric that counts as trained.",
)
@click.option(
    "--metric", metavar="NAME", show_default="the one it was collected for, or the only one", help="Name of the metric."
)
@click.option(
    "--lower-is-better/--higher-is-better",
    default=None,
    show_default="as the jobs say",
    help="Whether the metric falls or rises while training improves the model.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("derived-traces"), help="Folder for the new traces."
)
@verbose
def derive(
    *, directory: str, targets: tuple[float, ...], metric: str | None, lower_is_better: bool | None, out: Path
) -> None:
    """Derive from the metrics of single epochs when each run reached a target, as if it had been trained to it.

    DIR is what `simulator collect` left, or traces that were imported with their metrics. Power, submissions and
    metrics are carried over.
    """
    from simulator.trace.derive_trace import derive_trace
    from simulator.trace.locate import locate

    rises = None if lower_is_better is None else not lower_is_better
    files = derive_trace(locate(directory), targets, out, metric=metric, higher_is_better=rises)
    for file in files:
        click.echo(file)
