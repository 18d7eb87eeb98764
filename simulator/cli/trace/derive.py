"""``simulator trace derive``: other targets for recorded runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import NUMBER, as_json, examples, out_path_option, quiet, verbose

if TYPE_CHECKING:
    from pathlib import Path

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
    "--metric",
    metavar="NAME",
    show_default="the one it was collected for, or the only one",
    help="Which metric says how well it is trained.",
)
@click.option(
    "--lower-is-better/--higher-is-better",
    default=None,
    show_default="as the jobs say",
    help="The metric falls, or rises, while training improves the model.",
)
@out_path_option("Folder for the traces.", "derived-traces")
@as_json
@quiet
@verbose
def derive(
    *,
    directory: str,
    targets: tuple[float, ...],
    metric: str | None,
    lower_is_better: bool | None,
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Derive from the metrics of single epochs when each run reached a target, as if it had been trained to it.

    DIR is what `simulator collect` left, or traces that were imported with their metrics. Power, submissions and
    metrics are carried over.
    """
    from simulator.cli.told import tell_files
    from simulator.trace.derive_trace import derive_trace
    from simulator.trace.locate import locate

    rises = None if lower_is_better is None else not lower_is_better
    files = derive_trace(locate(directory), targets, out, metric=metric, higher_is_better=rises)
    tell_files(files, as_json=as_json, quiet=quiet)
