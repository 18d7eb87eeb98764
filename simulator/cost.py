"""What a run costs: energy and time in one number.

Source: J. You, J.-W. Chung, M. Chowdhury, "Zeus: Understanding and Optimizing GPU Energy Consumption of DNN
Training", NSDI'23, equation 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from simulator.check import real_number
from simulator.errors import ReplayError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

AmountT = TypeVar("AmountT", float, "NDArray[np.float64]", "pd.Series[float]")

__all__ = ["check_knobs", "energy_time_cost", "weigh", "weigh_power"]


def energy_time_cost(energy_j: AmountT, time_s: AmountT, *, eta: float, max_power_w: float) -> AmountT:
    """Weigh energy against time: η·energy + (1−η)·MAXPOWER·time.

    The order of the three multiplications is part of the definition: published histories depend on its rounding.
    Arrays work as well as numbers.

    Parameters
    ----------
    energy_j
        Energy [J].
    time_s
        Time [s].
    eta
        The knob η in [0, 1]: 1 counts energy alone, 0 counts time alone.
    max_power_w
        MAXPOWER [W], the largest power limit of the GPU, which turns seconds into joules.

    Returns
    -------
    float
        Cost [J].

    Examples
    --------
    >>> energy_time_cost(1000.0, 10.0, eta=0.5, max_power_w=250)
    1750.0
    """
    return weigh(energy_j, time_s, eta, max_power_w)


def weigh(energy_j: AmountT, time_s: AmountT, eta: float, max_power_w: float) -> AmountT:
    """Weigh energy against time, as `energy_time_cost` does; for loops, and for code that is compiled."""
    return eta * energy_j + (1 - eta) * max_power_w * time_s


def weigh_power(power_w: float, time_s: float, eta: float, max_power_w: float) -> float:
    """Weigh energy against time, for a mean power [W] over a time [s]: what an epoch costs at a power limit [J].

    The same cost as that of `weigh` but for its rounding, which is that of the published simulator's profiles.
    """
    return (eta * power_w + (1 - eta) * max_power_w) * time_s


def check_knobs(*, eta: float, beta: float) -> tuple[float, float]:
    """Refuse knobs that no replay can mean.

    Parameters
    ----------
    eta
        Energy–time knob η, 0 to 1.
    beta
        Early stopping knob β: a run is stopped before it costs more than β times the lowest cost known.
        Above 1; ``math.inf`` never stops a run.

    Returns
    -------
    tuple of float and float
        Both, as Python's own numbers.

    Raises
    ------
    ReplayError
        If η is outside [0, 1], β is 1 or less, or either is not a number.
    """
    eta, beta = real_number("eta", eta, error=ReplayError), real_number("beta", beta, error=ReplayError)
    if not 0 <= eta <= 1:
        raise ReplayError(f"eta is {eta}; it weighs energy against time and lies between 0 (time) and 1 (energy)")
    if beta <= 1:
        raise ReplayError(
            f"beta is {beta}; a run is stopped at beta times the lowest cost known, so it must be above 1 "
            "(inf: never stop a run early)"
        )
    return eta, beta
