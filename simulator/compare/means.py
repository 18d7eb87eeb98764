"""What a recurrence costs on average under each policy and each setting of the knobs, and how far seeds move that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.compare.estimators import estimate
from simulator.compare.results import WHO
from simulator.compare.two_level import Sureness, interval
from simulator.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["KNOBS", "mean_interval", "mean_per_recurrence", "one_row_a_seed", "settings_of", "with_ends"]

#: Knobs that have a column in a result table where they vary.
KNOBS = ("eta", "beta", "window")

_TOTALS = ("energy_j", "time_s", "cost")
_LATE = tuple(f"late_{name}" for name in _TOTALS)
_UNITS = ("_per_kwh", "_pct", "_j", "_s", "_g")


def mean_per_recurrence(replays: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Average over recurrences and seeds, with intervals over the seeds.

    The intervals take the recorded runs for all there is: they say how far other seeds would move the mean, and not
    how far other recorded runs would, which is often more; see `simulator.compare.two_level` for both. Replays that
    broke off are left out; the others were the luckier ones.

    Parameters
    ----------
    replays
        What `simulator.replay` returned with ``detail="replays"``.
    confidence
        How often the intervals hold the mean of infinitely many seeds, 0 to 1.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu, policy, and eta, beta and window where they vary. energy_j [J], time_s [s], cost [J]:
        mean of a recurrence with all its tries, over all groups where there are some; late_energy_j, late_time_s,
        late_cost: the same of the last five recurrences; energy_low_j, energy_high_j and so on: ends of the intervals,
        NaN for one seed; seeds that went through, and failed_seeds: how many.

    Raises
    ------
    ReplayError
        If it is no table of replays, is empty, or holds one twice, or the confidence is no share.

    Examples
    --------
    >>> import simulator
    >>> traces = simulator.read_traces(gpu="v100")
    >>> replays = simulator.replay(
    ...     traces.jobs[0], traces, policy="default", seeds=range(9), eta=[0, 1], recurrences=5, detail="replays"
    ... )
    >>> means = mean_per_recurrence(replays)
    >>> means[["policy", "eta", "seeds"]].values.tolist()
    [['default', 0.0, 9], ['default', 1.0, 9]]
    >>> means["energy_j"].is_monotonic_decreasing
    True
    """
    of_seeds = one_row_a_seed(replays, ("recurrences", *_TOTALS, *_LATE))
    for name in _TOTALS:
        of_seeds[name] /= of_seeds["recurrences"].where(of_seeds["recurrences"] > 0)
    for name in _LATE:
        of_seeds[name] /= of_seeds["parts"]
    rows = []
    for _, of_setting in of_seeds.groupby(settings_of(of_seeds), sort=False):
        ends: dict[str, Any] = {}
        for name in (*_TOTALS, *_LATE):
            values = of_setting[name].where(~of_setting["failed"]).to_numpy(float)
            ends |= with_ends(name, mean_interval(values, confidence=confidence))
        lost = int(of_setting["failed"].sum())
        counts = {"seeds": len(of_setting) - lost, "failed_seeds": lost}
        rows.append({**of_setting[settings_of(of_seeds)].iloc[0], **ends, **counts})
    return pd.DataFrame(rows)


def one_row_a_seed(replays: pd.DataFrame, amounts: Sequence[str]) -> pd.DataFrame:
    """Add up the groups of each seed; a seed has failed if any of its groups did.

    Parameters
    ----------
    replays
        One row a replay.
    amounts
        Columns to add up.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu, policy, knob that varies and seed: the sums, failed, and parts: how many groups.

    Raises
    ------
    ReplayError
        If a column is missing, there is no replay, or one stands twice.
    """
    needed = [*WHO, "seed", *amounts, "failed"]
    if missing := [name for name in needed if name not in replays.columns]:
        raise ReplayError(
            f"this is no table of replays: it lacks {', '.join(missing)}; give what simulator.replay returned with "
            "detail='replays'"
        )
    if replays.empty:
        raise ReplayError("this table of replays is empty; there is nothing to average")
    who = [*settings_of(replays), "seed"]
    if (twins := replays.duplicated([*who, *(["group"] if "group" in replays.columns else [])])).any():
        first = dict(replays.loc[twins, who].iloc[0])
        raise ReplayError(f"{first} stands twice in this table, and nothing tells the two apart; drop one of them")
    rows = replays[[*who, *amounts, "failed"]].assign(parts=1)
    rows.attrs = {}  # pandas copies attributes at every step
    sums = {**dict.fromkeys([*amounts, "parts"], "sum"), "failed": "any"}
    return rows.groupby(who, sort=False).agg(sums).reset_index()


def settings_of(table: pd.DataFrame) -> list[str]:
    """List the columns that say what was replayed, whatever the seed: job, gpu, policy, and knobs that vary."""
    return [*WHO, *(name for name in KNOBS if name in table.columns)]


def mean_interval(values: NDArray[np.float64], *, confidence: float) -> tuple[float, float, float]:
    """Find the mean over seeds and both ends of its interval of Student's t.

    Parameters
    ----------
    values
        A number for each seed, shape (n_seeds,); NaN is left out.
    confidence
        How often such intervals hold the truth, 0 to 1.

    Returns
    -------
    tuple of float
        Mean, low, high; all NaN without a seed, the ends NaN for one.

    Raises
    ------
    ReplayError
        If the confidence is no share.

    Examples
    --------
    >>> [round(end, 3) for end in mean_interval(np.array([1.0, 2.0, 3.0]), confidence=0.95)]
    [2.0, -0.484, 4.484]
    """
    if not 0 < confidence < 1:
        raise ReplayError(f"confidence is {confidence}; it is a share, above 0 and below 1")
    found, variance = estimate(values, "mean")
    freedom = np.asarray(np.count_nonzero(~np.isnan(values)) - 1.0)
    low, high = interval(Sureness(found, np.sqrt(variance), freedom), confidence=confidence)
    return float(found), float(low), float(high)


def with_ends(name: str, values: Iterable[float]) -> dict[str, float]:
    """Name a mean and both ends of its interval: the unit stays last.

    Examples
    --------
    >>> with_ends("energy_j", [2.0, 1.0, 3.0])
    {'energy_j': 2.0, 'energy_low_j': 1.0, 'energy_high_j': 3.0}
    """
    unit = next((unit for unit in _UNITS if name.endswith(unit)), "")
    stem = name.removesuffix(unit)
    return dict(zip([name, f"{stem}_low{unit}", f"{stem}_high{unit}"], values, strict=True))
