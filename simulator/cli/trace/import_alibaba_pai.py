"""``simulator trace import alibaba-pai``: submissions of recurring jobs to a large cluster."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.options import (
    as_json,
    examples,
    gpu_option,
    out_path_option,
    quiet,
    traces_option,
    usual_gpu,
    verbose,
)
from simulator.cli.trace.import_shared import say_gaps

__all__ = ["alibaba_pai"]


@click.command(
    short_help="Import submissions of Alibaba PAI.",
    epilog=examples(
        ("simulator trace import alibaba-pai pai_job_table.csv pai_group_tag_table.csv", "all groups that recur"),
        ("simulator trace import alibaba-pai jobs.csv tags.csv --most 100", "the 100 with the most submissions"),
        ("simulator replay --groups groups.csv", "and replay them"),
    ),
)
@click.argument("jobs", type=click.Path(path_type=Path), metavar="JOBS")
@click.argument("tags", type=click.Path(path_type=Path), metavar="TAGS")
@click.option(
    "--dataset",
    "datasets",
    metavar="NAME",
    multiple=True,
    show_default="those of the traces' jobs",
    help="Dataset that stands in for groups, the one that trains fastest first.",
)
@traces_option
@gpu_option
@click.option("--min-submissions", type=click.IntRange(1), metavar="N", default=2, help="Leave out groups with fewer.")
@click.option(
    "--most", type=click.IntRange(1), metavar="N", show_default="all", help="Keep the groups with most submissions."
)
@out_path_option("File for the submissions.", "groups.csv", metavar="FILE")
@as_json
@quiet
@verbose
def alibaba_pai(
    *,
    jobs: Path,
    tags: Path,
    datasets: tuple[str, ...],
    traces: str | None,
    gpu: str | None,
    min_submissions: int,
    most: int | None,
    out: Path,
    as_json: bool,
    quiet: bool,
) -> None:
    """Import groups of recurring jobs from Alibaba's cluster-trace-gpu-v2020.

    JOBS is pai_job_table.csv, TAGS is pai_group_tag_table.csv, both as unpacked. Groups are matched with datasets by
    how long they run: K-means of their mean runtimes, in the order in which the traces' jobs train.
    """
    from simulator.cli.progress import progress
    from simulator.cli.told import tell_files
    from simulator.trace.importers.alibaba_pai import GAPS, read_alibaba_pai
    from simulator.trace.importers.runtimes import datasets_by_runtime
    from simulator.trace.read import read_traces, write_table

    names = list(datasets) or datasets_by_runtime(read_traces(traces, gpu=usual_gpu(traces, gpu)))
    with progress(1, quiet=quiet) as tell:
        groups = read_alibaba_pai(
            jobs,
            tags,
            datasets=names,
            min_submissions=min_submissions,
            most=most,
            progress=lambda done, total: tell(done / total, "reading"),
        )
    write_table(groups, out)
    tell_files([out], as_json=as_json, quiet=quiet)
    say_gaps(GAPS)
