"""Fit time and power per epoch: from the rows of a power trace to a curve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit, logit

from simulator.trace.model.machine import MachineCurve
from simulator.trace.model.residual import Residual, round_significant

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["fit_machine"]

#: Fitted fields in the order of the vector: the first are logarithms, that of floor_w of how far it is above idle_w;
#: the others are logits, those of idle_w and dynamic_w of the share of what they may be.
LOGS = ("steady_s", "overhead_s", "drag_s", "half_size", "slowdown_exponent", "cap_sharpness", "floor_w")
LOGITS = ("busy_share", "overhead_busy_share", "clock_share", "overhead_clock_share", "idle_w", "dynamic_w")
#: How far each may reasonably lie from its start, in the vector's units; the same order.
REACH = np.array([5.0, 5.0, 5.0, 2.0, 0.5, 0.7, 0.5, 1.5, 1.5, 1.0, 0.5, 1.0, 1.0])
#: The most that a GPU would draw without a limit, over the largest limit recorded. Makers set that one near what their
#: chips can draw. Without this bound the curves are as close (0.039 in time and 0.026 in power instead of 0.041 and
#: 0.028), but some ask for kilowatts at batch sizes beyond those recorded.
CEILING = 1.5
#: The GPU idles below so many times its lowest limit, or it could not obey that limit at all.
IDLE_BELOW = 0.97
#: Weight of one reach against an error of 1 (100 %) in one row. Small, but it decides what the rows leave open, as
#: where no limit ever bites.
HOLD = 0.02
#: Valleys are a few; searching from these half sizes, relative to the smallest recorded size, finds the deepest.
HALF_SIZES = (0.15, 1.0, 5.0)


def fit_machine(power: pd.DataFrame) -> MachineCurve:
    """Fit one workload on one GPU.

    Least squares of the logarithms of time and power together, so that errors are relative and both count alike.

    Parameters
    ----------
    power
        Power trace of one workload on one GPU.

    Returns
    -------
    MachineCurve
        With its residuals.
    """
    size, limit, time_s, power_w = (
        power[column].to_numpy(dtype=float)
        for column in ("batch_size", "power_limit", "time_per_epoch", "average_power")
    )
    bounds = IDLE_BELOW * float(limit.min()), CEILING * float(limit.max())
    none = Residual(relative_rmse=0.0, worst=0.0, n=0)
    blank = MachineCurve(
        batch_sizes=tuple(int(value) for value in np.unique(size)),
        power_limits=tuple(int(value) for value in np.unique(limit)),
        **dict.fromkeys((*LOGS, *LOGITS), 1.0),
        time_residual=none,
        power_residual=none,
    )

    def errors(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        guess = replace(blank, **_natural(theta, *bounds))
        return np.concatenate(
            [
                np.log(guess.time_per_epoch(size, limit) / time_s),
                np.log(guess.average_power(size, limit) / power_w),
                HOLD * (theta - start) / REACH,
            ]
        )

    start = _start(size, limit, time_s, power_w, *bounds)
    found = []
    for factor in HALF_SIZES:
        theta = start.copy()
        theta[LOGS.index("half_size")] += np.log(factor)
        found.append(
            least_squares(errors, theta, x_scale=REACH, jac="3-point", ftol=1e-13, xtol=1e-11, gtol=1e-11, max_nfev=400)
        )
    best = min(found, key=lambda result: float(result.cost))
    values: dict[str, Any] = {name: round_significant(value) for name, value in _natural(best.x, *bounds).items()}
    curve = replace(blank, **values)
    return replace(
        curve,
        time_residual=Residual.between(curve.time_per_epoch(size, limit), time_s),
        power_residual=Residual.between(curve.average_power(size, limit), power_w),
    )


def _natural(theta: NDArray[np.float64], idle_below: float, draw_below: float) -> dict[str, Any]:
    logs = dict(zip(LOGS, np.exp(theta[: len(LOGS)]).tolist(), strict=True))
    logits = dict(zip(LOGITS, expit(theta[len(LOGS) :]).tolist(), strict=True))
    logits["idle_w"] *= idle_below
    logits["dynamic_w"] *= draw_below - logits["idle_w"]
    logs["floor_w"] += logits["idle_w"]
    return logs | logits


def _start(
    size: NDArray[np.float64],
    limit: NDArray[np.float64],
    time_s: NDArray[np.float64],
    power_w: NDArray[np.float64],
    idle_below: float,
    draw_below: float,
) -> NDArray[np.float64]:
    """Guess from the extremes of the recorded rows; also what the parameters are held to."""
    fastest, smallest, largest = time_s.min(), size.min(), size.max()
    slowest_at_full = time_s[size == smallest].min()
    logs = {
        "steady_s": fastest,
        "overhead_s": slowest_at_full * smallest,
        "drag_s": 0.01 * fastest / largest,
        "half_size": smallest,
        "slowdown_exponent": 0.8,
        "cap_sharpness": 5.0,
        "floor_w": 0.8 * limit.min() - idle_below / 2,
    }
    dynamic = max(5.0, 1.1 * power_w.max() - 40) / (draw_below - idle_below / 2)
    logits = {
        "busy_share": 2.0,
        "overhead_busy_share": 0.0,
        "clock_share": 2.0,
        "overhead_clock_share": -1.0,
        "idle_w": 0.0,
        "dynamic_w": logit(min(0.9, dynamic)),
    }
    return np.array([np.log(logs[name]) for name in LOGS] + [logits[name] for name in LOGITS])
