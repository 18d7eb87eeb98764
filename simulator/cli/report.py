"""What ``simulator replay`` says: a table for each job, and which replays broke off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.show import json_lines, show
from simulator.compare import BASELINE, failures, headline
from simulator.compare.summary import LATE
from simulator.compare.units import energy_unit, time_unit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["report"]

#: Seeds that are named where some did not get through.
_LISTED = 5


def report(result: pd.DataFrame, summary: pd.DataFrame, *, as_json: bool) -> None:
    """Print the summary of a result table.

    Parameters
    ----------
    result
        Result table.
    summary
        Its summary.
    as_json
        Whether programs read it: one line of JSON a row, and nothing else on stdout.
    """
    if as_json:
        json_lines(summary)
    else:
        for (job, gpu), rows in summary.groupby(["job", "gpu"], sort=False):
            show(_for_people(rows), title=headline(result, who=(str(job), str(gpu))))
        click.echo(_legend(summary))
    for failed in failures(result).to_dict("records"):
        seeds = ", ".join(map(str, failed["seeds"][:_LISTED])) + ", ..." * (failed["failed_seeds"] > _LISTED)
        click.echo(
            f"\n{failed['policy']} did not get through with {failed['failed_seeds']} of the seeds ({seeds}). "
            f"The first: {failed['error']}",
            err=as_json,
        )


def _for_people(summary: pd.DataFrame) -> pd.DataFrame:
    """Choose, scale and name the columns that people compare policies by."""
    energy, time = energy_unit(summary["energy_j"].median()), time_unit(summary["time_s"].median())
    return summary[["policy"]].assign(
        **{
            f"energy [{energy.symbol}]": (summary["energy_j"] / energy.size).map(_number),
            "Δ": summary["energy_change_pct"].map(_change),
            f"time [{time.symbol}]": (summary["time_s"] / time.size).map(_number),
            "Δ ": summary["time_change_pct"].map(_change),
            "late Δ energy": summary["late_energy_change_pct"].map(_change),
            "late Δ time": summary["late_time_change_pct"].map(_change),
            "batch size": summary["batch_size"],
            "limit [W]": summary["power_limit_w"],
            "failed runs": summary["failed_runs_pct"].map(lambda share: "–" if share != share else f"{share:.1f} %"),
            "seeds": summary["seeds"].astype(str)
            + summary["failed_seeds"].map(lambda failed: f" ({failed} failed)" if failed else ""),
        }
    )


def _legend(summary: pd.DataFrame) -> str:
    against = (
        f"Δ: against {BASELINE}" if (summary["policy"] == BASELINE).any() else f"no Δ: {BASELINE} was not replayed"
    )
    return (
        f"Energy and time: mean of a recurrence, failed tries included. {against}. Late: median of the last {LATE} "
        "recurrences. Batch size and limit: what most seeds end with."
    )


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3g}"


def _change(percent: float) -> str:
    return "–" if percent != percent else f"{percent:+.1f} %".replace("-0.0", "0.0").replace("+0.0", "0.0")
