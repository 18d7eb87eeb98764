"""What ``simulator front`` says: the points of each job and GPU, or the least energy of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.cli.cells import NONE, change, energy, number, time
from simulator.cli.places import note, short_names, title
from simulator.cli.show import say, show
from simulator.compare.units import energy_unit, time_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["report"]

#: What tells points apart, and how it is headed.
_NAMES = {"policy": "policy", "eta": "η", "batch_size": "batch\nsize", "power_limit_w": "limit\n[W]"}

_LOST = "seeds\nlost"


def report(
    points: pd.DataFrame, least: pd.DataFrame | None, *, slowdown: float | None, made: Sequence[dict[str, Any]]
) -> None:
    """Print fronts, or what takes the least energy.

    Parameters
    ----------
    points
        Points of all jobs and GPUs; of recorded configurations those on the front are shown, of others all.
    least
        The point of least energy of each job and GPU; None: the fronts are asked for.
    slowdown
        How much slower than the fastest was allowed [%].
    made
        Manifests of what points were made from.
    """
    names = [name for name in _NAMES if name in points.columns]
    if least is not None:
        heading = f"Least energy, at most {slowdown:g} % slower than the fastest{note(made)}"
        show(_least(least, names, short_names(made)), title=heading)
        say(
            "Slower, and energy Δ: against the fastest "
            + ("configuration." if "policy" not in names else "shown here.")
        )
        return
    for (job, gpu), of_place in points.groupby(["job", "gpu"], sort=False):
        shown = of_place if "policy" in names else of_place.loc[of_place["on_front"]]
        show(_for_people(shown.sort_values("time_s"), names), title=title(made, str(job), str(gpu)))
        say("")
    say(_legend(names, lost="policy" in names and bool((points["failed_seeds"] > 0).any())))


def _for_people(points: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Scale and name the columns of the points of one job on one GPU, with their distance to the fastest."""
    energies, times = energy_unit(points["energy_j"].median()), time_unit(points["time_s"].median())
    table = points[names].rename(columns=_NAMES)
    table[f"energy\n[{energies.symbol}]"] = (points["energy_j"] / energies.size).map(number)
    table[f"time\n[{times.symbol}]"] = (points["time_s"] / times.size).map(number)
    candidates = points.loc[points["on_front"]].sort_values(["time_s", "energy_j"])
    for name, heading in (("time_s", "slower\nby"), ("energy_j", "energy\nΔ")):
        fastest = candidates[name].iloc[0] if len(candidates) else float("nan")
        table[heading] = (100 * (points[name] / fastest - 1)).map(change)
    if "policy" in points.columns:
        table["on\nfront"] = points["on_front"].map({True: "yes", False: ""})
        if (points["failed_seeds"] > 0).any():
            total = points["seeds"] + points["failed_seeds"]
            table[_LOST] = points["failed_seeds"].astype(str) + "/" + total.astype(str)
    return table


def _least(least: pd.DataFrame, names: list[str], jobs: dict[str, str]) -> pd.DataFrame:
    """Name the columns of the points of least energy, one a job and GPU."""
    table = pd.DataFrame({"job": least["job"].map(jobs), "gpu": least["gpu"]})
    for name in names:
        table[_NAMES[name]] = [NONE if value != value else value for value in least[name].astype(object)]
    return table.assign(
        **{
            "energy": least["energy_j"].map(energy),
            "time": least["time_s"].map(time),
            "slower\nby": (100 * least["slowdown"]).map(change),
            "energy\nΔ": least["energy_change_pct"].map(change),
        }
    )


def _legend(names: list[str], *, lost: bool) -> str:
    """Explain what is on a front, and against what changes are counted."""
    others = {"eta": "no other η of the policy", "policy": "no other policy"}
    what = next((others[name] for name in ("eta", "policy") if name in names), "no other configuration")
    text = f"On the front: {what} takes less of both energy and time. Slower, Δ: against the fastest of the front."
    if "policy" not in names:
        return f"{text} Those not on it: front.parquet."
    text += " Energy, time: mean of a recurrence."
    return f"{text} Where seeds were lost, of the others, which were lucky: never on the front." if lost else text
