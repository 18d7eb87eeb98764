"""``simulator serve jobs``: where live jobs stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simulator.cli.options import as_json, examples, verbose
from simulator.cli.serve.which import service_of, service_options

if TYPE_CHECKING:
    from simulator.service.deciding.results import JobStanding

__all__ = ["jobs"]


@click.command(
    short_help="List live jobs, and where each stands.",
    epilog=examples(
        ("simulator serve jobs", "those of the usual database"),
        ("simulator serve jobs resnet-", "those whose id begins so"),
        ("simulator serve jobs --url http://127.0.0.1:8000", "those of a running server"),
        ("simulator serve jobs --json | jq .saved_j", "for programs"),
    ),
)
@click.argument("prefix", required=False, default="", metavar="[PREFIX]")
@service_options
@as_json
@verbose
def jobs(*, prefix: str, as_json: bool, **where: Any) -> None:
    """List live jobs whose ids begin with PREFIX: their trials, lowest cost, and energy saved against the default."""
    import pandas as pd

    from simulator.cli.show import json_lines, say, show
    from simulator.service.trip.reach.open import open_service

    meant = service_of(**where)
    with open_service(url=meant.get("url"), token=meant.get("token"), database=meant.get("database")) as service:
        table = pd.DataFrame(list(map(_row, service.standings(prefix))), dtype=object)
    if as_json:
        json_lines(table)
    elif table.empty:
        say(f"no job's id begins with {prefix!r}" if prefix else "no job is registered yet")
    else:
        show(
            table.drop(columns=list(_COUNTS)).rename(columns=_HEADINGS),
            caption="Costs and energies in joules; a minus before what was saved is a loss.",
            optional=["time [s]", "gpu", "policy"],
        )
        for row in table.to_dict("records"):
            for word in ("synthetic", "predicted"):
                if row[word]:
                    say(f"{row['job']}: {word.upper()} history: {row[word]} of {row['trials']} trials")


_HEADINGS = {
    "lowest_cost_j": "lowest cost",
    "batch_size": "at size",
    "energy_j": "energy",
    "time_s": "time [s]",
    "saved_j": "saved",
}

#: Columns for programs; people are told in words, where there is something to tell.
_COUNTS = ("trials", "synthetic", "predicted")


def _row(standing: JobStanding) -> dict[str, Any]:
    job, counts, costs = standing.job, standing.counts, standing.costs
    return {
        "job": job.job_id,
        "gpu": job.spec.gpu,
        "policy": job.spec.policy,
        "stage": "exhausted" if job.exhausted else str(job.stage.value),
        "running": counts.dispatched,
        "converged": counts.converged,
        "stopped": counts.succeeded - counts.converged,
        "failed": counts.failed,
        "lowest_cost_j": job.min_cost,
        "batch_size": None if job.min_cost is None else job.min_cost_batch_size,
        "energy_j": costs.energy_j,
        "time_s": costs.time_s,
        "saved_j": costs.saved_j,
        "trials": counts.dispatched + counts.succeeded + counts.failed,
        "synthetic": counts.synthetic,
        "predicted": counts.predicted,
    }
