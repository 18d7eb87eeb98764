"""``simulator transfer``: what one GPU's best configuration costs on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from simulator.cli.knobs import (
    MEASURES,
    eta_option,
    gpus_option,
    jobs_option,
    measure_option,
    out_option,
    where_option,
)
from simulator.cli.options import as_json, examples, quiet, verbose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

__all__ = ["transfer"]

#: Columns of the library's table, by the measures.
_COLUMNS = {measure: f"{name.removesuffix('_j').removesuffix('_s')}_pct" for measure, name in MEASURES.items()}


@click.command(
    short_help="Run one GPU's best configuration on another.",
    epilog=examples(
        ("simulator transfer", "every bundled job, from every GPU to every other"),
        ("simulator transfer --gpu a40 --gpu v100 -j squad", "two GPUs, one job"),
        ("simulator transfer --eta 1 --measure energy", "what is best for energy alone, in energy"),
        ("simulator transfer --json -q | jq .cost_pct", "for programs"),
    ),
)
@jobs_option
@gpus_option("all")
@where_option
@eta_option
@click.option(
    "--match",
    type=click.Choice(["watts", "fraction"]),
    default="watts",
    help="What stands for a power limit that the other GPU lacks: the nearest in W, or as a share of the largest.",
)
@measure_option
@out_option("transfer")
@as_json
@quiet
@verbose
def transfer(
    *,
    jobs: tuple[str, ...],
    gpus: tuple[str, ...],
    where: str | None,
    measure: str,
    out: Path,
    as_json: bool,
    quiet: bool,
    **asked: Any,
) -> None:
    """Run the best batch size and power limit of one GPU on another, and say how far that is from the best there.

    Expected costs of the recorded runs; nothing is drawn.
    """
    from simulator.cli.outputs import check_usable, save_found
    from simulator.cli.places import made_from, note, read_places
    from simulator.cli.show import json_lines, say, show
    from simulator.compare.transfer import transfer as run_elsewhere
    from simulator.job import Job

    traces = read_places(where, gpus, jobs, usual="all")
    found = run_elsewhere(None, traces, **asked)
    made = made_from(traces)
    check_usable(out)
    files = save_found(out, "transfer", {"transfer": found}, made=made, options={"measure": measure, **asked})
    if as_json:
        json_lines(found)
    else:
        heads = {}
        for each in made:
            plain = Job(**{**each["job"], "default_bs": None, "default_lr": None})
            heads[str(plain)] = f"{plain.dataset} ({plain.network}, {plain.optimizer}, target {plain.target_metric:g})"
        for job, of_job in found.groupby("job", sort=False):
            show(_square(of_job, _COLUMNS[measure]), title=f"{heads[str(job)]}{note(made)}")
            for line in _reasons(of_job):
                say(line)
            say("")
        say(
            f"By how much a row's configuration is above the best one on a column's GPU, in {measure}; "
            f"best: least η × energy + (1 − η) × MAXPOWER × time, η = {asked['eta']:g}."
        )
    if not quiet:
        say(f"Wrote to {out}: {', '.join(files)}", err=True)


def _square(found: pd.DataFrame, column: str) -> pd.DataFrame:
    """Lay the table of a job out as a square: from GPUs down, to GPUs across."""
    import pandas as pd

    from simulator.cli.cells import NONE, change

    rows = []
    for gpu, of_gpu in found.groupby("gpu_from", sort=False):
        size, limit = of_gpu[["batch_size", "power_limit_w"]].astype(object).iloc[0].fillna(NONE)
        cells = {f"on\n{to}": change(more) for to, more in zip(of_gpu["gpu_to"], of_gpu[column], strict=True)}
        rows.append({"best\nof": gpu, "batch\nsize": size, "limit\n[W]": limit, **cells})
    return pd.DataFrame(rows)


def _reasons(found: pd.DataFrame) -> Iterator[str]:
    """Say, once each, why there are numbers missing."""
    for reason in dict.fromkeys(found.loc[found["reason"] != "", "reason"]):
        yield f"–: {reason}"
