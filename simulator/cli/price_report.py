"""What ``simulator price`` says: what each policy pays or emits, and its best hour to start."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.cli.cells import NONE, change, number
from simulator.cli.show import say, show
from simulator.cli.when import clock
from simulator.compare import BASELINE, headline
from simulator.compare.means import settings_of, with_ends
from simulator.compare.pricing import seconds_into_week
from simulator.compare.tariff import HOUR_S
from simulator.compare.units import energy_unit, time_unit

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from simulator.compare.tariff import Tariff

__all__ = ["report"]

#: What a tariff's measure is called.
_HEADINGS = {"price": "price", "carbon_g": "carbon"}

#: Carbon from here on is said in kg [g].
_KG = 1e3


def report(
    runs: pd.DataFrame, prices: pd.DataFrame, shifts: pd.DataFrame | None, *, tariff: Tariff, start: datetime | float
) -> None:
    """Print a table for each job and GPU.

    Parameters
    ----------
    runs
        Result table, for its manifest.
    prices, shifts
        What each policy pays; what it pays for each shift, or None.
    tariff
        The tariff.
    start
        When the replays started.
    """
    began = seconds_into_week(start)
    for (job, gpu), of_place in prices.groupby(["job", "gpu"], sort=False):
        heading = f"{headline(runs, who=(str(job), str(gpu)))}; {tariff.name}, from {clock(began)}"
        if shifts is None:
            show(_paid(of_place, tariff), title=heading)
        else:
            there = shifts.loc[(shifts["job"] == job) & (shifts["gpu"] == gpu)]
            show(_saved(of_place, there, tariff, began), title=heading)
        say("")
    say(_legend(tariff, shifted=shifts is not None, lost=bool((prices["failed_seeds"] > 0).any())))


def _paid(prices: pd.DataFrame, tariff: Tariff) -> pd.DataFrame:
    """Name and scale what policies of one job on one GPU pay, and how much more that is than the baseline pays."""
    name, unit, size = _unit(prices, tariff)
    energies, times = energy_unit(prices["energy_j"].median()), time_unit(prices["time_s"].median())
    through = prices["failed_seeds"] == 0
    paid = prices.loc[(prices["policy"] == BASELINE) & through & (prices[name] > 0), name]
    baseline = paid.iloc[0] if len(paid) == 1 else math.nan
    columns: dict[str, Any] = {
        f"{_HEADINGS[name]}\n{unit}": (prices[name] / size).map(number),
        "its\ninterval": _interval(prices, name, size),
        "\nΔ": (100 * (prices[name] / baseline - 1)).where(through).map(change),
        f"energy\n[{energies.symbol}]": (prices["energy_j"] / energies.size).map(number),
        f"time\n[{times.symbol}]": (prices["time_s"] / times.size).map(number),
        "seeds\ndone": _seeds(prices),
    }
    return prices[_settings(prices)].assign(**columns)


def _saved(prices: pd.DataFrame, shifts: pd.DataFrame, tariff: Tariff, began: float) -> pd.DataFrame:
    """Choose the start that saves each policy most."""
    name, unit, size = _unit(prices, tariff)
    settings, saved = _settings(prices), f"saved_{name}"
    known = shifts.dropna(subset=[saved])
    best = known.loc[known.groupby(settings, sort=False)[saved].idxmax(), [*settings, "shift_hours", "saved_pct"]]
    best = best.merge(known, on=[*settings, "shift_hours", "saved_pct"])
    table = prices[[*settings, name, "seeds", "failed_seeds"]].merge(
        best.drop(columns=["seeds", "failed_seeds"]).rename(columns={name: "then"}), how="left", on=settings
    )
    starts = [NONE if hours != hours else clock(began + hours * HOUR_S) for hours in table["shift_hours"]]
    columns: dict[str, Any] = {
        f"{_HEADINGS[name]}\n{unit}": (table[name] / size).map(number),
        "best\nstart": [start.replace(" ", "\N{NO-BREAK SPACE}") for start in starts],
        "\nthen": (table["then"] / size).map(number),
        "\nsaves": (table[saved] / size).map(number),
        "its\ninterval": _interval(table, saved, size),
        "\nΔ": (-table["saved_pct"]).map(change),
        "seeds\ndone": _seeds(table),
    }
    return table[settings].assign(**columns)


def _settings(prices: pd.DataFrame) -> list[str]:
    """Columns that tell rows of one job on one GPU apart."""
    return [name for name in settings_of(prices) if name not in ("job", "gpu")]


def _unit(prices: pd.DataFrame, tariff: Tariff) -> tuple[str, str, float]:
    """Name the column of what is paid, its unit as a heading, and how many of the table's units that is."""
    if tariff.measure == "price":
        return "price", "", 1.0
    size, symbol = (_KG, "kg") if prices["carbon_g"].median() >= _KG else (1.0, "g")
    return "carbon_g", f"[{symbol}]", size


def _interval(table: pd.DataFrame, name: str, size: float) -> list[str]:
    """Write both ends of an interval."""
    columns = list(with_ends(name, range(3)))[1:]
    ends = zip(*((table[column] / size).map(number) for column in columns), strict=True)
    return [NONE if NONE in pair else "…".join(pair) for pair in ends]


def _seeds(table: pd.DataFrame) -> pd.Series:
    return table["seeds"].astype(str) + "/" + (table["seeds"] + table["failed_seeds"]).astype(str)


def _legend(tariff: Tariff, *, shifted: bool, lost: bool) -> str:
    """Explain the columns."""
    what = "Price: in the tariff's currency" if tariff.measure == "price" else "Carbon: CO2 equivalent"
    text = f"{what}, mean of a whole replay, with its interval over seeds."
    if lost:
        text += " Where seeds did not get through, of the others, which were lucky."
    if not shifted:
        return f"{text} Δ: against {BASELINE}."
    return (
        f"{text} Best start: of the next 24 hours; saved, and Δ, against starting as asked. All hours: shift.parquet."
    )
