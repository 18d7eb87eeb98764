"""``simulator serve export``: a live job's history, to be looked at and replayed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from simulator.cli.options import as_json, examples, out_path_option, quiet, verbose
from simulator.cli.serve.which import known_jobs, service_of, service_options
from simulator.cli.told import tell, tell_next

__all__ = ["export"]


@click.command(
    short_help="Write a live job's history as tables and traces.",
    epilog=examples(
        ("simulator serve export resnet", "from the usual database into ./resnet"),
        ("simulator serve export resnet --url http://127.0.0.1:8000", "from a running server"),
        ("simulator trace validate resnet", "what the traces can tell"),
        ("simulator replay --traces resnet", "what other policies would have cost"),
    ),
)
@click.argument("job_id", metavar="JOB")
@service_options
@out_path_option("Folder for tables and traces.", usually="JOB")
@as_json
@quiet
@verbose
def export(*, job_id: str, out: Path | None, as_json: bool, quiet: bool, **where: Any) -> None:
    """Write what became of a live job's trials into a folder.

    results.parquet and results.csv have the columns of a replay's results, one row a trial that has ended; trials.csv
    has all trials with all that is known of them; train.csv, power_GPU.csv and trace.json are traces, for `simulator
    replay --traces`. manifest.json says what they cannot tell.
    """
    from simulator.cli.show import say
    from simulator.service.trip.export import export_job

    folder = out or Path(
        "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in job_id).strip(".")
    )
    with known_jobs():
        exported = export_job(job_id, folder, **service_of(**where))
    reached = int(exported.result["reached"].sum())
    trials = len(exported.result)
    text = f"{trials} trials of {job_id}, {reached} of which reached the target"
    facts = {"job": job_id, "trials": trials, "reached": reached, "folder": str(folder)}
    tell(text, as_json=as_json, **facts, files=list(exported.files), remarks=list(exported.remarks))
    if quiet:
        return
    for remark in exported.remarks:
        say(f"Note: {remark}", err=True)
    say(f"Wrote to {folder}: {', '.join(exported.files)}", err=True)
    if "trace.json" in exported.files:
        tell_next(f"simulator replay --traces {folder}", as_json=as_json)
