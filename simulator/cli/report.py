"""What ``simulator replay`` says: a table for each job, and which replays broke off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.cli.show import json_lines, say, show
from simulator.compare import BASELINE, failures, headline
from simulator.compare.summary import LATE
from simulator.compare.units import energy_unit, time_unit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["report"]

#: Seeds that are named where some did not get through.
_LISTED = 5

#: Changes below this [%] are written with a decimal.
_SMALL = 9.95


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
            say("")
        say(_legend(summary))
    for reason, failed in failures(result).groupby("error", sort=False):
        who = "; ".join(f"{each['policy']}, seed {_seeds(each['seeds'])}" for each in failed.to_dict("records"))
        say(f"\nDid not get through: {who}. The first: {reason}", err=as_json)


def _seeds(seeds: list[int]) -> str:
    """Name the first few seeds, and count the rest."""
    more = f" and {len(seeds) - _LISTED} more" if len(seeds) > _LISTED else ""
    return ", ".join(map(str, seeds[:_LISTED])) + more


def _for_people(summary: pd.DataFrame) -> pd.DataFrame:
    """Choose, scale and name the columns that people compare policies by."""
    energy, time = energy_unit(summary["energy_j"].median()), time_unit(summary["time_s"].median())
    seeds = summary["seeds"] + summary["failed_seeds"]
    return summary[["policy"]].assign(
        **{
            f"energy\n[{energy.symbol}]": (summary["energy_j"] / energy.size).map(_number),
            "\nΔ": summary["energy_change_pct"].map(_change),
            f"time\n[{time.symbol}]": (summary["time_s"] / time.size).map(_number),
            " \nΔ": summary["time_change_pct"].map(_change),
            "late Δ\nenergy": summary["late_energy_change_pct"].map(_change),
            "batch\nsize": summary["batch_size"],
            "limit\n[W]": summary["power_limit_w"],
            "failed\nruns": summary["failed_runs_pct"].map(lambda share: "–" if share != share else f"{share:.1f}%"),
            "seeds\ndone": summary["seeds"].astype(str) + "/" + seeds.astype(str),
        }
    )


def _legend(summary: pd.DataFrame) -> str:
    against = f"against {BASELINE}" if (summary["policy"] == BASELINE).any() else f"unknown without {BASELINE}"
    return (
        f"Energy and time: mean of a recurrence, failed runs included. Δ: {against}. Late: median of the last {LATE} "
        "recurrences. Batch size and limit: what most seeds end with. All of it, and more: summary.csv."
    )


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3g}"


def _change(percent: float) -> str:
    """Write a change [%], with a decimal where it is small."""
    if percent != percent:
        return "–"
    decimals = 1 if abs(percent) < _SMALL else 0
    return f"{round(percent, decimals) + 0.0:+.{decimals}f}%"
