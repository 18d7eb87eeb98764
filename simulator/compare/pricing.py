"""What runs cost at the hours when they ran: money or carbon, beside energy and time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.check import real_number
from simulator.compare.means import mean_interval, one_row_a_seed, settings_of, with_ends
from simulator.compare.tariff import DAY_S, HOUR_S, Tariff
from simulator.errors import ReplayError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "JOULES_PER_KWH",
    "amounts",
    "broken_off",
    "price_policies",
    "price_replays",
    "price_runs",
    "seconds_into_week",
]

JOULES_PER_KWH = 3.6e6

_AMOUNTS = ("energy_j", "time_s", "cost")


def price_runs(runs: pd.DataFrame, tariff: Tariff, *, start: datetime | float = 0.0) -> pd.DataFrame:
    """Price each run by when it ran.

    A run is taken to draw its energy evenly from its start to its end, on a calendar of 24-hour days. Submissions of
    groups run as long as the cluster's log says, whatever ``time_s``; so that is what their energy is spread over.

    Parameters
    ----------
    runs
        What `simulator.replay` returned, one row a run: of its columns energy_j [J], started_s and ended_s [s] count.
    tariff
        What a kWh costs, or emits.
    start
        When the replays' clocks showed 0: a local date and time, of which the weekday and the time of day count (a time
        zone does not: it is the tariff's); or seconds from Monday 0:00.

    Returns
    -------
    pandas.DataFrame
        The runs with one more column, ``price`` (in the tariff's currency) or ``carbon_g`` (grams of CO2 equivalent); a
        column of this name that is there already is replaced. ``attrs["tariffs"]`` says what was used.

    Raises
    ------
    ReplayError
        If a column is missing, a run ends before it starts, or the start makes no sense.

    Examples
    --------
    >>> import pandas as pd
    >>> runs = pd.DataFrame({"energy_j": [3.6e6], "started_s": [0.0], "ended_s": [7200.0]})
    >>> night = Tariff(hours=[0, 1], per_kwh=[0.1, 0.3])
    >>> price_runs(runs, night)["price"].tolist()
    [0.2]
    >>> price_runs(runs, night, start=datetime(2026, 1, 5, 12))["price"].tolist()
    [0.3]
    """
    table = runs.assign(**{tariff.measure: amounts(runs, tariff, start=start)})
    used = {
        "name": tariff.name,
        "synthetic": tariff.synthetic,
        "hours": list(tariff.hours),
        "weekdays": None if tariff.weekdays is None else list(tariff.weekdays),
        "per_kwh": list(tariff.per_kwh),
        "start_s": seconds_into_week(start),
    }
    table.attrs = {**runs.attrs, "tariffs": {**runs.attrs.get("tariffs", {}), tariff.measure: used}}
    return table


def price_replays(runs: pd.DataFrame, tariff: Tariff, *, start: datetime | float = 0.0) -> pd.DataFrame:
    """Price whole replays: the sums of `price_runs` over the runs of each.

    Parameters
    ----------
    runs, tariff, start
        As `price_runs` takes them.

    Returns
    -------
    pandas.DataFrame
        One row a replay: policy, job, gpu, seed, group and knobs as far as the runs have them; runs (how many);
        energy_j [J], time_s [s], cost [J]; price or carbon_g; failed: whether it broke off, so that the sums are not
        those of the whole. One that broke off before its first run has no row.

    Raises
    ------
    ReplayError
        As `price_runs`.
    """
    priced = price_runs(runs, tariff, start=start)
    attrs, priced.attrs = priced.attrs, {}  # pandas copies attributes at every step
    who = _replay_columns(priced)
    sums = priced.groupby(who, sort=False)[[*_AMOUNTS, tariff.measure]].sum()
    sums.insert(0, "runs", priced.groupby(who, sort=False).size())
    table = sums.reset_index()
    table["failed"] = broken_off(table[who], attrs.get("failures", []))
    table.attrs = attrs
    return table


def price_policies(
    runs: pd.DataFrame, tariff: Tariff, *, start: datetime | float = 0.0, confidence: float = 0.95
) -> pd.DataFrame:
    """Price policies: the means of `price_replays` over seeds.

    Parameters
    ----------
    runs, tariff, start
        As `price_runs` takes them.
    confidence
        How often the intervals hold the mean of infinitely many seeds, 0 to 1.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu, policy and knob that varies: price or carbon_g, energy_j [J] and time_s [s], means of
        a replay, all groups together, each with the ends of its interval (price_low, price_high and so on). Seeds that
        went through count; failed_seeds: how many did not.

    Raises
    ------
    ReplayError
        As `price_runs`, or if there is no run.
    """
    names = (tariff.measure, "energy_j", "time_s")
    of_seeds = one_row_a_seed(price_replays(runs, tariff, start=start), names)
    settings = settings_of(of_seeds)
    rows = []
    for _, of_setting in of_seeds.groupby(settings, sort=False):
        through = of_setting.loc[~of_setting["failed"]]
        row: dict[str, Any] = dict(of_setting[settings].iloc[0])
        for name in names:
            row |= with_ends(name, mean_interval(through[name].to_numpy(float), confidence=confidence))
        rows.append(row | {"seeds": len(through), "failed_seeds": len(of_setting) - len(through)})
    return pd.DataFrame(rows)


def amounts(runs: pd.DataFrame, tariff: Tariff, *, start: datetime | float) -> NDArray[np.float64]:
    """Price each run as `price_runs` does, as an array of shape (n_runs,)."""
    if missing := [name for name in ("energy_j", "started_s", "ended_s") if name not in runs.columns]:
        raise ReplayError(
            f"these are no runs with times: {', '.join(missing)} is missing; give what simulator.replay returned with "
            "detail='runs'"
        )
    energy, started, ended = (runs[name].to_numpy(float) for name in ("energy_j", "started_s", "ended_s"))
    offset = seconds_into_week(start)
    return energy * tariff.mean_per_kwh(started + offset, ended + offset) / JOULES_PER_KWH


def seconds_into_week(start: datetime | float) -> float:
    """Count the seconds from Monday 0:00 to a date and time; a number is taken as it is.

    Raises
    ------
    ReplayError
        If it is neither, or not finite.

    Examples
    --------
    >>> seconds_into_week(datetime(2026, 1, 6, 1))  # a Tuesday
    90000.0
    """
    if isinstance(start, datetime):
        within_hour = 60 * start.minute + start.second + start.microsecond / 1e6
        return start.weekday() * DAY_S + start.hour * HOUR_S + within_hour
    seconds = real_number("start", start, error=ReplayError)
    if not np.isfinite(seconds):
        raise ReplayError(f"start is {seconds}; it is a date and time, or seconds from Monday 0:00")
    return seconds


def broken_off(replays: pd.DataFrame, failures: list[dict[str, Any]]) -> NDArray[np.bool_]:
    """Whether each replay is among those that broke off.

    Parameters
    ----------
    replays
        Columns that tell one replay from another.
    failures
        ``attrs["failures"]`` of a result table.
    """
    names = list(replays.columns)
    failed = {tuple(str(each.get(name)) for name in names) for each in failures}
    if not failed:
        return np.zeros(len(replays), bool)
    return np.array([tuple(map(str, row)) in failed for row in replays.itertuples(index=False, name=None)], bool)


def _replay_columns(runs: pd.DataFrame) -> list[str]:
    if missing := [name for name in (*settings_of(runs), "seed", *_AMOUNTS) if name not in runs.columns]:
        raise ReplayError(
            f"this is no table of runs: it lacks {', '.join(missing)}; give what simulator.replay returned"
        )
    return [*settings_of(runs), "seed", *(["group"] if "group" in runs.columns else [])]
