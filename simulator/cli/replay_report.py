"""What ``simulator replay`` says: a table for each job, and which replays broke off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from simulator.cli.cells import NONE, change, number
from simulator.cli.show import json_lines, say, show
from simulator.compare import BASELINE, failures, headline, manifests
from simulator.compare.summary import LATE
from simulator.compare.units import energy_unit, time_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["report"]

_SPREAD = "its\nquartiles"

#: Columns that a narrow terminal does without, the least important first.
_OPTIONAL = (_SPREAD, "failed\nruns", "limit\n[W]", "batch\nsize", "late\ncost Δ", "seeds\ndone", " \nΔ", "\nΔ")

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
            table = _for_people(rows)
            show(table, title=headline(result, who=(str(job), str(gpu))), optional=[c for c in _OPTIONAL if c in table])
            say("")
        for line in _legend(result, summary):
            say(line)
    broken = failures(result)
    broken["error"] = [_short(error, job) for error, job in zip(broken["error"], broken["job"], strict=True)]
    for (job, reason), failed in broken.groupby(["job", "error"], sort=False):
        who = "; ".join(f"{each['policy']}, seed {_seeds(each['seeds'])}" for each in failed.to_dict("records"))
        say(f"\nDid not get through: {who}. {job} {reason}. In full: manifest.json", err=as_json)


def _seeds(seeds: list[int]) -> str:
    """Name the first few seeds, and count the rest."""
    more = f" and {len(seeds) - _LISTED} more" if len(seeds) > _LISTED else ""
    return ", ".join(map(str, seeds[:_LISTED])) + more


def _short(error: str, job: str) -> str:
    """Shorten why a replay broke off to what happened, without the names that stand before it."""
    what = re.split(r";|\. ", error.removeprefix(f"{job} "), maxsplit=1)[0]
    return re.sub(r" with policy '[^']*'", "", what).rstrip(".")


def _for_people(summary: pd.DataFrame) -> pd.DataFrame:
    """Choose, scale and name the columns that people compare policies by."""
    energy, time = energy_unit(summary["energy_j"].median()), time_unit(summary["time_s"].median())
    seeds = summary["seeds"] + summary["failed_seeds"]
    stars = ["*" if lucky else "" for lucky in summary["survivors_only"]]
    width = max(map(len, stars))

    def amounts(name: str, size: float) -> list[str]:
        texts = (summary[name] / size).map(number)
        return [text + (star if text != NONE else "").ljust(width) for text, star in zip(texts, stars, strict=True)]

    quartiles = zip(*((summary[f"energy_{q}_j"] / energy.size).map(number) for q in ("q25", "q75")), strict=True)
    columns: dict[str, Any] = {
        "cost\nΔ": summary["cost_change_pct"].map(change),
        f"energy\n[{energy.symbol}]": amounts("energy_j", energy.size),
        _SPREAD: [NONE if low == NONE else f"{low}…{high}" for low, high in quartiles],
        "\nΔ": summary["energy_change_pct"].map(change),
        f"time\n[{time.symbol}]": amounts("time_s", time.size),
        " \nΔ": summary["time_change_pct"].map(change),
        "late\ncost Δ": summary["late_cost_change_pct"].map(change),
        "batch\nsize": summary["batch_size"],
        "limit\n[W]": summary["power_limit_w"],
        "failed\nruns": summary["failed_runs_pct"].map(lambda share: NONE if share != share else f"{share:.1f}%"),
        "seeds\ndone": summary["seeds"].astype(str) + "/" + seeds.astype(str),
    }
    return summary[["policy"]].assign(**columns)


def _legend(result: pd.DataFrame, summary: pd.DataFrame) -> Iterator[str]:
    """Explain the columns, and the stars if there are any; nothing if no replay went through."""
    through = summary.loc[summary["seeds"] > 0]
    if through.empty:
        return
    against = f"{'against' if through['cost_change_pct'].notna().any() else 'unknown without'} {BASELINE}"
    etas = {made["knobs"]["eta"] for made in manifests(result) if "eta" in made.get("knobs", {})}
    eta = f"η = {etas.pop():g}" if len(etas) == 1 else "η as replayed"
    if through["survivors_only"].any():
        yield "* Mean of the seeds that got through; those that failed would most likely have cost more, so no Δ."
    yield (
        f"Cost: η × energy + (1 − η) × MAXPOWER × time, {eta}. Energy, its quartiles over seeds, and time: mean of a "
        f"{'submission' if 'group' in result.columns else 'recurrence'}, failed runs included. Δ: {against}. Late: "
        f"median of the last {LATE}. Batch size and limit: what most seeds end with. All of it, and more: summary.csv."
    )
