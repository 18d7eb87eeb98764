"""The energy between a window's edge and the nearest update of the counter inside.

Two estimates exist. *Inside*: mean power of the nearest second inside the window, times the rest. *Outside*: what the
counter added over the update that the edge falls into, less mean power of the nearest second outside, times the part
outside. Idle power is steady and low, and a rest may be short: each is the better one at some edges. They are weighted
by their expected errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Rest", "Side", "rest_energy", "side"]

#: Mean power is taken over the updates of so much time next to an edge [s], as the method says.
_SLOPE_S = 1.0

#: Variability of power is judged over so much time [s].
_SPREAD_S = 2.0

#: Numbers of updates over which a ripple's energy is looked at: up to a good part of that time.
_LAGS = (1, 2, 3, 4, 5, 8, 13, 21, 34)

#: Power may drift by this share over a rest, whatever its variability.
_DRIFT = 0.01

#: Beyond the usual rest (at most one update), power is unknown by this share.
_UNKNOWN = 0.3


#: An instant anywhere in a bracket is off by up to so many standard deviations, maybe to the other side of the edge.
_UNIFORM = 3**0.5


class Rest(NamedTuple):
    """Energy of a rest [J], and the standard deviation of its error [J]."""

    energy_j: float
    error_j: float


class Side(NamedTuple):
    """What one side of an edge says about it.

    Parameters
    ----------
    power_w
        Mean power of the nearest second [W].
    rest_s
        Time from the edge to the nearest update on this side [s].
    variance_j2
        Expected squared error of power times rest [J²], apart from that of the update's instant.
    counter_j
        The counter at that update [J].
    """

    power_w: float
    rest_s: float
    variance_j2: float
    counter_j: float


def side(
    away_s: NDArray[np.float64], energy_j: NDArray[np.float64], power_w: NDArray[np.float64], period_s: float
) -> Side | None:
    """Describe one side of an edge.

    Parameters
    ----------
    away_s
        Distances of the updates from the edge, ascending, shape (n_updates,) [s].
    energy_j
        The counter at each [J].
    power_w
        Instantaneous power on this side of the edge, shape (n_reads,) [W].
    period_s
        How often the counter updates [s].

    Returns
    -------
    Side or None
        None with fewer than two updates, or none of different instants.
    """
    near = int(np.searchsorted(away_s, away_s[:1].sum() + _SLOPE_S * 1.001, side="right"))
    span = away_s[near - 1] - away_s[0] if near > 1 else 0.0
    if span <= 0:
        return None
    power = abs(energy_j[near - 1] - energy_j[0]) / span
    rest = float(away_s[0])
    wide = int(np.searchsorted(away_s, away_s[0] + _SPREAD_S, side="right"))
    swing, saturated = _variability(away_s[:wide], np.abs(energy_j[:wide] - energy_j[0]), power_w, period_s)
    over = max(0.0, rest - 1.5 * period_s)
    variance = (
        min(swing * rest**2, saturated * max(1.0, rest / period_s))
        + 2 * saturated * (rest / span) ** 2
        + (_DRIFT * power * rest) ** 2
        + (_UNKNOWN * power * over) ** 2
    )
    return Side(float(power), rest, float(variance), float(energy_j[0]))


def _variability(
    away_s: NDArray[np.float64], energy_j: NDArray[np.float64], power_w: NDArray[np.float64], period_s: float
) -> tuple[float, float]:
    """Find the variance of power [W²], and that of energy over times too long for power to stay up or down [J²].

    A ripple's energy varies ever more with the length of time, up to half its period; from then on it stays within
    bounds. Where updates come slower than the ripple, the counter's own steps show these bounds.
    """
    energy_j = energy_j - np.polynomial.polynomial.polyval(
        away_s, np.polynomial.polynomial.polyfit(away_s, energy_j, 1)
    )
    steps = [
        float(np.mean((energy_j[lag:] - energy_j[:-lag]) ** 2)) * len(energy_j) / max(1, len(energy_j) - 2)
        for lag in _LAGS
        if lag == 1 or 2 * lag <= len(energy_j)
    ]
    own = steps[0] / period_s**2
    known = power_w[np.isfinite(power_w)]
    swing = float(np.var(known)) if len(known) > 1 else 0.0
    return max(swing, own), max(steps)


def rest_energy(inside: Side, outside: Side | None, instant_error_s: float) -> Rest:
    """Weigh the two estimates of the energy between an edge and the nearest update inside.

    Parameters
    ----------
    inside, outside
        The two sides; outside may be unknown.
    instant_error_s
        Standard deviation of the error of the updates' instants [s]. It moves both estimates the same way: each by
        the power of its side.

    Returns
    -------
    Rest
        If the two disagree by more than they should, the error grows accordingly: power changed between the edge and
        an update.
    """
    from_inside = inside.power_w * inside.rest_s
    timing = instant_error_s**2
    if outside is None:
        return Rest(from_inside, float(np.sqrt(inside.variance_j2 + inside.power_w**2 * timing)))
    step = abs(inside.counter_j - outside.counter_j)
    from_outside = step - outside.power_w * outside.rest_s
    apart = inside.power_w - outside.power_w
    wrong_side = [apart * max(0.0, _UNIFORM * instant_error_s - one.rest_s) for one in (inside, outside)]
    of_inside = inside.variance_j2 + wrong_side[0] ** 2 / 3
    of_outside = outside.variance_j2 + wrong_side[1] ** 2 / 3
    both = of_inside + of_outside + apart**2 * timing
    share = (of_outside - apart * outside.power_w * timing) / both if both else 0.5
    share = min(1.0, max(0.0, share))
    variance = (
        share**2 * of_inside
        + (1 - share) ** 2 * of_outside
        + (share * inside.power_w + (1 - share) * outside.power_w) ** 2 * timing
    )
    surprise = max(1.0, (from_inside - from_outside) ** 2 / both) if both else 1.0
    energy = share * from_inside + (1 - share) * from_outside
    return Rest(min(max(energy, 0.0), step), float(np.sqrt(variance * surprise)))
