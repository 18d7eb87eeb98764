"""Energy of a window from power readings, each held until the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.collect.energy.counter import COVERAGE, Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MEAN_WINDOW_S", "held_energy", "instant_energy"]

#: The driver's mean power is that of the last second (nvml.h, NVML_FI_DEV_POWER_AVERAGE) [s].
MEAN_WINDOW_S = 1.0


def held_energy(
    times_s: NDArray[np.float64], power_w: NDArray[np.float64], start_s: float, end_s: float
) -> float | None:
    """Integrate power between two moments; every reading holds until the next, as a step.

    Parameters
    ----------
    times_s
        When power was read, ascending, shape (n_reads,) [s].
    power_w
        What was read [W]; NaN where it was refused, then the reading before holds on.
    start_s, end_s
        The window [s].

    Returns
    -------
    float or None
        Energy [J]; None without a reading near the window. Before the first reading, that one holds.
    """
    known = np.isfinite(power_w)
    times_s, power_w = times_s[known], power_w[known]
    first = max(0, int(np.searchsorted(times_s, start_s, side="right")) - 1)
    last = int(np.searchsorted(times_s, end_s))
    if last <= first:
        return None
    edges = np.clip(np.append(times_s[first:last], end_s), start_s, end_s)
    edges[0] = start_s
    return float(np.sum(np.diff(edges) * power_w[first:last]))


def instant_energy(
    times_s: NDArray[np.float64],
    power_w: NDArray[np.float64],
    start_s: float,
    end_s: float,
    period_s: float,
    *,
    is_mean: bool = False,
) -> Estimate | None:
    """Estimate energy from instantaneous power.

    Parameters
    ----------
    times_s, power_w
        Readings as in `held_energy`.
    start_s, end_s
        The window [s].
    period_s
        How often the reading updates [s]. It is half as old on average, so the window is shifted by that.
    is_mean
        Whether the readings are means of a second: they are half a second late, and blur the edges by as much.

    Returns
    -------
    Estimate or None
        None without a reading near the window. The sensor sees only a part of the time, so the error is that of a mean
        of as many readings, and at the edges that of half an update each. A reading that never changed may be stuck:
        then the uncertainty is all of the energy.
    """
    shift = MEAN_WINDOW_S / 2 if is_mean else period_s / 2
    energy = held_energy(times_s, power_w, start_s + shift, end_s + shift)
    if energy is None:
        return None
    time = end_s - start_s
    inside = (times_s >= start_s) & (times_s <= end_s + shift) & np.isfinite(power_w)
    changes = 1 + int(np.count_nonzero(np.diff(power_w[inside])))
    if changes < 2:
        return Estimate(energy, energy)
    reach = max(2 * period_s, MEAN_WINDOW_S * is_mean)
    around = power_w[(times_s >= start_s - reach) & (times_s <= end_s + reach) & np.isfinite(power_w)]
    edges = (shift if is_mean else period_s) * float(np.ptp(around)) / np.sqrt(2)
    if is_mean:  # it covers all of the time
        return Estimate(energy, edges)
    sampling = float(np.std(power_w[inside])) * time / np.sqrt(min(changes, 1 + time / period_s))
    return Estimate(energy, COVERAGE * float(np.hypot(sampling, edges / COVERAGE)))
