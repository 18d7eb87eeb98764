"""``simulator trace import mlperf``: logs of MLPerf Training, with the power of whole nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, lower_is_better_option, out_path_option, quiet, verbose
from simulator.cli.trace.import_shared import targets_option, write_imported

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mlperf"]


@click.command(
    short_help="Import MLPerf Training logs.",
    epilog=examples(
        ("simulator trace import mlperf results/system/resnet", "all runs of one benchmark, and their power"),
        ("simulator trace import mlperf result_0.txt --target 2.7 --lower-is-better", "one run, to a target"),
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE|DIR...")
@targets_option("what all successful runs reached")
@lower_is_better_option
@out_path_option("Folder for the traces.", "mlperf-traces")
@as_json
@quiet
@verbose
def mlperf(
    *, files: tuple[str, ...], targets: tuple[float, ...], lower_is_better: bool, out: Path, as_json: bool, quiet: bool
) -> None:
    """Import runs of one benchmark from MLPerf Training, v4.0 to v5.0, with the power of their nodes.

    FILE is the log of a run, DIR holds logs called result_*.txt. Power logs are found beside them, in
    power/result_*/node_*.txt and sw_*.txt, or in the logs themselves.
    """
    from simulator.trace.importers.mlperf import read_mlperf

    write_imported(
        read_mlperf(files, targets=targets, higher_is_better=not lower_is_better), out, as_json=as_json, quiet=quiet
    )
