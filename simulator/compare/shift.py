"""What starting at another hour would save, in money or carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.check import real_number
from simulator.compare.means import mean_interval, one_row_a_seed, settings_of, with_ends
from simulator.compare.pricing import amounts, price_replays, seconds_into_week
from simulator.compare.tariff import HOUR_S
from simulator.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from simulator.compare.tariff import Tariff

__all__ = ["shift_start"]


def shift_start(
    runs: pd.DataFrame,
    tariff: Tariff,
    *,
    start: datetime | float = 0.0,
    shift_hours: Sequence[float] = tuple(range(24)),
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Price the same replays as if all of it had started some hours later.

    The runs are those that were replayed, each as long and as far from the first: policies do not know the tariff.

    Parameters
    ----------
    runs, tariff, start
        As `simulator.compare.pricing.price_runs` takes them.
    shift_hours
        How much later [h]; below 0 is earlier. Beyond a week it starts over.
    confidence
        How often the intervals hold the mean of infinitely many seeds, 0 to 1.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu, policy, knob that varies, and shift_hours. price or carbon_g: mean of a replay, all
        groups together; saved_price or saved_carbon_g: how much less that is than without a shift, seed by seed, with
        the ends of its interval over the seeds (saved_price_low, saved_price_high); saved_pct [%], NaN where there is
        nothing above 0 to save from. Seeds that went through count; failed_seeds: how many did not.

    Raises
    ------
    ReplayError
        As `simulator.compare.pricing.price_runs`, or if there is no run, no shift, or
        one that is no finite number.

    Examples
    --------
    >>> import simulator
    >>> from simulator.compare.tariff import EXAMPLE_PRICE
    >>> traces = simulator.read_traces(gpu="v100")
    >>> runs = simulator.replay(traces.jobs[0], traces, policy="default", seeds=range(3), recurrences=2)
    >>> shift_start(runs, EXAMPLE_PRICE, shift_hours=[0, 12])["shift_hours"].tolist()
    [0.0, 12.0]
    """
    hours = [real_number("a shift", hour, error=ReplayError) for hour in shift_hours]
    if not hours or not np.isfinite(hours).all():
        raise ReplayError(f"shift_hours is {list(shift_hours)}; give one finite number of hours at least")
    if runs.empty:
        raise ReplayError("there is no run to start at another hour; every replay broke off before its first")
    measure, from_s = tariff.measure, seconds_into_week(start)
    table = one_row_a_seed(price_replays(runs, tariff, start=start), (measure,))
    settings = settings_of(table)
    # Rows of the table are in the order in which seeds first appear, and so are these numbers.
    replay = runs.groupby([*settings, "seed"], sort=False).ngroup()

    def of_seeds(hour: float) -> NDArray[np.float64]:
        return np.bincount(replay, weights=amounts(runs, tariff, start=from_s + hour * HOUR_S)).astype(float)

    table["before"] = of_seeds(0.0)  # summed as the others are, so that no shift saves nothing
    rows = []
    for hour in hours:
        for _, of_setting in table.assign(now=of_seeds(hour)).groupby(settings, sort=False):
            through = of_setting[["before", "now"]].where(~of_setting["failed"])
            before, now = (through[name].to_numpy(float) for name in through.columns)
            mean = mean_interval(before, confidence=confidence)[0]
            saved = mean_interval(before - now, confidence=confidence)
            rows.append(
                {
                    **of_setting[settings].iloc[0],
                    "shift_hours": hour,
                    measure: mean_interval(now, confidence=confidence)[0],
                    **with_ends(f"saved_{measure}", saved),
                    "saved_pct": 100 * saved[0] / mean if mean > 0 else np.nan,
                    "seeds": int((~of_setting["failed"]).sum()),
                    "failed_seeds": int(of_setting["failed"].sum()),
                }
            )
    found = pd.DataFrame(rows)
    return found.sort_values([*settings, "shift_hours"], key=_in_order, kind="stable", ignore_index=True)


def _in_order(column: pd.Series) -> pd.Series:
    """Keep the order in which values first appear: that of the replays."""
    return pd.Series(pd.factorize(column)[0], index=column.index)
