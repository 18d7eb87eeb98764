"""Whether a job's iterations keep step with a sensor's updates.

The power sensor of an A100 or H100 covers 25 of each 100 ms (arXiv 2312.02741). An iteration that takes exactly as long
as an update, or a simple fraction or multiple of it, always shows it the same part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["alias_risk"]

#: Largest numerator and denominator of a simple fraction: with more, the sensor sees enough parts of an iteration.
_SIMPLE = 4

#: How near to a simple fraction of the update period an iteration must be; farther off, phases pass by within seconds.
_NEAR = 0.01

#: Irregularity that mixes the phases: drift over a window by this share of an iteration, one standard deviation.
_MIXED = 0.5


def alias_risk(step_times_s: Sequence[float], update_period_s: float | None) -> bool:
    """Whether the sensor may have seen only some parts of every iteration.

    Parameters
    ----------
    step_times_s
        Durations of single iterations in the window [s], or means over several.
    update_period_s
        How often the sensor updates [s]; None if unknown, which never is a risk.

    Returns
    -------
    bool
        True if the typical iteration is within 1 % of ``k / m`` update periods, k and m up to 4, and too regular for
        the phases to mix over so many iterations.

    Examples
    --------
    >>> alias_risk([0.100] * 200, 0.1)
    True
    >>> alias_risk([0.087] * 200, 0.1)
    False
    >>> alias_risk([0.09, 0.11] * 100, 0.1)  # on average in step, but irregular
    False
    """
    steps = np.asarray(step_times_s, float)
    steps = steps[np.isfinite(steps) & (steps > 0)]
    if not len(steps) or not update_period_s:
        return False
    low, typical, high = np.quantile(steps, [0.25, 0.5, 0.75])
    drift = (high - low) / 1.349 / typical * np.sqrt(len(steps))  # quartiles: a pause for validation is no irregularity
    if drift >= _MIXED:
        return False
    ratios = [k / m for k in range(1, _SIMPLE + 1) for m in range(1, _SIMPLE + 1)]
    return any(abs(typical / (ratio * update_period_s) - 1) <= _NEAR for ratio in ratios)
