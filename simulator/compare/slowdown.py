"""The least energy that a bound on time allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.check import real_number
from simulator.compare.contenders import choose_baseline
from simulator.compare.front import configurations
from simulator.compare.manifests import one_job
from simulator.errors import ReplayError
from simulator.trace.table import JobTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["least_energies", "least_energy"]


def least_energy(
    points: pd.DataFrame | JobTable, *, slowdown: float, baseline: str | Mapping[str, Any] | None = None
) -> pd.Series[Any]:
    """Choose the point of least energy among those not much slower than another.

    Parameters
    ----------
    points
        Energy and time of each point, as the tables of `simulator.compare.fronts` and
        `simulator.compare.front.configurations` have them, about one job on one GPU; or a job's table, whose recorded
        configurations are meant. Points without a number, and those where replays broke off, are passed over.
    slowdown
        Slowdown at most, 0.1 for 10 %; ``math.inf``: any.
    baseline
        What the slowdown counts from: the name of a policy, or values of columns that a single row has, such as
        ``{"batch_size": 32, "power_limit_w": 250}``. None: the fastest point.

    Returns
    -------
    pandas.Series
        The row; and slowdown (negative if it is faster) and energy_change_pct [%] (negative if it takes less), both
        against the baseline. Of equal points, the fastest, then the first.

    Raises
    ------
    ReplayError
        If the slowdown is below 0 or no number, there are no points, they are about several jobs or GPUs, or no single
        row is the baseline.
    UnknownPolicyError
        If no point is that of the policy.

    Examples
    --------
    >>> import pandas as pd
    >>> points = pd.DataFrame({"policy": ["a", "b", "c"], "energy_j": [9.0, 6.0, 3.0], "time_s": [10.0, 11.0, 20.0]})
    >>> best = least_energy(points, slowdown=0.1)
    >>> best["policy"], round(best["slowdown"], 3), round(best["energy_change_pct"], 1)
    ('b', 0.1, -33.3)
    >>> least_energy(points, slowdown=0.9, baseline="b")["policy"]
    'c'
    """
    slowdown = real_number("slowdown", slowdown, error=ReplayError)
    if slowdown < 0:
        raise ReplayError(f"slowdown is {slowdown}; it is how much slower is allowed, 0.1 for 10 %, and at least 0")
    table = configurations(points) if isinstance(points, JobTable) else points
    if missing := [name for name in ("energy_j", "time_s") if name not in table.columns]:
        raise ReplayError(f"these are no points in energy and time: {', '.join(missing)} is missing")
    table = table.loc[_sound(table)]
    if table.empty:
        raise ReplayError("there is no point to choose from: none has a finite energy and time and lost no replay")
    if {"job", "gpu"} <= set(table.columns):
        one_job(table)
    energy, time = (table[name].to_numpy(float) for name in ("energy_j", "time_s"))
    reference = int(np.lexsort((energy, time))[0]) if baseline is None else _find(table, baseline)
    # The second term is for rounding, which would refuse a slowdown of exactly as much.
    allowed = time <= time[reference] * (1 + slowdown) * (1 + 4 * np.finfo(float).eps)
    order = np.lexsort((time, energy))
    chosen = int(order[allowed[order]][0])
    found: pd.Series[Any] = table.iloc[chosen].copy()
    found["slowdown"] = time[chosen] / time[reference] - 1
    found["energy_change_pct"] = 100 * (energy[chosen] / energy[reference] - 1)
    return found


def least_energies(points: pd.DataFrame, *, slowdown: float) -> pd.DataFrame:
    """Choose the point of least energy for each job and GPU, among those not much slower than the fastest there.

    Parameters
    ----------
    points
        As `least_energy` takes them, with columns job and gpu.
    slowdown
        Slowdown at most, 0.1 for 10 %; ``math.inf``: any.

    Returns
    -------
    pandas.DataFrame
        One row for each job and GPU: what `least_energy` finds. Where there is nothing to choose from, job and gpu
        alone.

    Raises
    ------
    ReplayError
        If the slowdown makes no sense, or there is no point anywhere.
    """
    sound = points.loc[_sound(points)]
    if sound.empty:
        least_energy(sound, slowdown=slowdown)  # says why not
    places = points[["job", "gpu"]].drop_duplicates()
    chosen = [least_energy(of_place, slowdown=slowdown) for _, of_place in sound.groupby(["job", "gpu"], sort=False)]
    table = pd.DataFrame(chosen).astype({name: kind for name, kind in points.dtypes.items() if kind.kind != "i"})
    return places.merge(table, how="left", on=["job", "gpu"])


def _sound(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each point has a finite energy and time, and lost no replays."""
    amounts = table[["energy_j", "time_s"]].to_numpy(float)
    sound = np.isfinite(amounts).all(axis=1)
    for name in ("failed_seeds", "failed_pct"):
        if name in table.columns:
            sound &= ~(table[name].to_numpy(float) > 0)
    return np.asarray(sound, bool)


def _find(table: pd.DataFrame, baseline: str | Mapping[str, Any]) -> int:
    """Find the row that is the baseline."""
    wanted = dict(baseline) if isinstance(baseline, Mapping) else {"policy": baseline}
    if unknown := [name for name in wanted if name not in table.columns]:
        raise ReplayError(
            f"the baseline has {', '.join(unknown)}, but points have {', '.join(map(str, table.columns))}"
        )
    if isinstance(baseline, str):
        choose_baseline(baseline, list(dict.fromkeys(table["policy"])))
    matches = np.logical_and.reduce([table[name].to_numpy() == value for name, value in wanted.items()])
    if np.count_nonzero(matches) != 1:
        raise ReplayError(
            f"{np.count_nonzero(matches)} points are {wanted}, and one is needed as the baseline; name it by columns "
            "that tell it from all others: baseline={'policy': ..., 'eta': ...}"
        )
    return int(np.flatnonzero(matches)[0])
