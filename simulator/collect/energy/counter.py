"""Energy of a window from the energy counter: updates inside, and a rest at each edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.collect.energy.edge import Rest, rest_energy, side
from simulator.collect.energy.updates import Located, Updates, locate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.collect.energy.readings import Readings

__all__ = ["COVERAGE", "Estimate", "counter_energy", "updates_inside"]

#: Standard deviations that an uncertainty stands for.
COVERAGE = 2.0

#: With fewer updates inside, how power varies there cannot be judged.
_FEW = 5

#: Updates so near to an edge say when it was updated, and how power varied there [s].
_AROUND_S = 2.5


class Estimate(NamedTuple):
    """Energy [J] and its uncertainty [J]."""

    energy_j: float
    uncertainty_j: float


def updates_inside(updates: Updates, start_s: float, end_s: float) -> slice:
    """Find the updates that are most probably inside a window."""
    middle = (updates.low_s + updates.high_s) / 2
    return slice(int(np.searchsorted(middle, start_s)), int(np.searchsorted(middle, end_s, side="right")))


def counter_energy(updates: Updates, readings: Readings, start_s: float, end_s: float) -> Estimate | None:
    """Estimate the energy between two moments from the counter.

    Parameters
    ----------
    updates
        Updates of the counter.
    readings
        What was read; instantaneous power tells how steady it was.
    start_s, end_s
        The window [s].

    Returns
    -------
    Estimate or None
        None if no update is inside the window, or next to it on both sides.

    Notes
    -----
    The method's ``counter at last update inside - at first update inside + slopes x both rests``, with the rests
    weighted against what the updates around the edges say; see `simulator.collect.energy.edge`.
    """
    enclosed = _enclosed(updates, start_s, end_s)
    inside = updates_inside(updates, start_s, end_s)
    if inside.stop - inside.start < 2:
        return _between(updates, start_s, end_s, enclosed)
    start = _edge(updates, readings, start_s, end_s, first=True)
    end = _edge(updates, readings, start_s, end_s, first=False)
    if start is None or end is None:
        return _between(updates, start_s, end_s, enclosed)
    energy = updates.energy_j[end.nearest] - updates.energy_j[start.nearest] + start.rest.energy_j + end.rest.energy_j
    uncertainty = COVERAGE * float(np.hypot(start.rest.error_j, end.rest.error_j))
    few = inside.stop - inside.start < _FEW
    return _within(float(energy), uncertainty, enclosed, least=0.5 if few else 0.0)


class _Edge(NamedTuple):
    nearest: int
    rest: Rest


def _edge(updates: Updates, readings: Readings, start_s: float, end_s: float, *, first: bool) -> _Edge | None:
    """Estimate the rest at one edge, and say which update inside it reaches to."""
    edge_s = start_s if first else end_s
    part = slice(
        int(np.searchsorted(updates.high_s, edge_s - _AROUND_S)),
        int(np.searchsorted(updates.low_s, edge_s + _AROUND_S)),
    )
    located: Located = locate(updates, part)
    time, energy = located.time_s, updates.energy_j[part]
    within = (time >= start_s) & (time <= end_s)
    beyond = time < start_s if first else time > end_s
    towards = slice(None, None, 1 if first else -1)
    power_s, power_w = _instants(readings, edge_s)
    power_within = (power_s >= start_s) & (power_s <= end_s)
    power_beyond = power_s < start_s if first else power_s > end_s
    inner = side(
        np.abs(time[within] - edge_s)[towards], energy[within][towards], power_w[power_within], updates.period_s
    )
    if inner is None:
        return None
    away = slice(None, None, -1 if first else 1)
    outer = side(np.abs(time[beyond] - edge_s)[away], energy[beyond][away], power_w[power_beyond], updates.period_s)
    nearest = np.flatnonzero(within)[0 if first else -1] + part.start
    return _Edge(int(nearest), rest_energy(inner, outer, located.error_s))


def _instants(readings: Readings, edge_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take instantaneous power around an edge."""
    part = slice(*np.searchsorted(readings.before_s, [edge_s - _AROUND_S, edge_s + _AROUND_S]))
    return readings.before_s[part], readings.instant_w[part]


def _enclosed(updates: Updates, start_s: float, end_s: float) -> tuple[float, float] | None:
    """Bound the energy: what was counted surely inside, and what over updates surely around. None at a record's end."""
    last_before = int(np.searchsorted(updates.high_s, start_s, side="right")) - 1
    first_after = int(np.searchsorted(updates.low_s, end_s))
    if last_before < 0 or first_after >= len(updates.energy_j):
        return None
    first_inside = int(np.searchsorted(updates.low_s, start_s))
    last_inside = int(np.searchsorted(updates.high_s, end_s, side="right")) - 1
    counted = updates.energy_j[last_inside] - updates.energy_j[first_inside] if last_inside > first_inside else 0.0
    return float(counted), float(updates.energy_j[first_after] - updates.energy_j[last_before])


def _between(updates: Updates, start_s: float, end_s: float, enclosed: tuple[float, float] | None) -> Estimate | None:
    """Interpolate where too few updates are inside; only the bounds are sure."""
    if enclosed is None:
        return None
    around = slice(
        max(0, int(np.searchsorted(updates.high_s, start_s, side="right")) - 1),
        int(np.searchsorted(updates.low_s, end_s)) + 1,
    )
    time = locate(updates, around).time_s
    energy = float(
        np.interp(end_s, time, updates.energy_j[around]) - np.interp(start_s, time, updates.energy_j[around])
    )
    return _within(energy, np.inf, enclosed)


def _within(
    energy_j: float, uncertainty_j: float, enclosed: tuple[float, float] | None, *, least: float = 0.0
) -> Estimate:
    """Keep an estimate between its bounds, and its uncertainty below them, but at least at that share of them."""
    if enclosed is None:
        return Estimate(energy_j, uncertainty_j)
    low, high = enclosed
    energy_j = min(max(energy_j, low), high)
    most = max(energy_j - low, high - energy_j)
    return Estimate(energy_j, min(max(uncertainty_j, least * most), most))
