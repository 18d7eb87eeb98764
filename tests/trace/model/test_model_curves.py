"""What holds for every curve, fitted or not."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.trace.model import EpochCurve, MachineCurve, Parameters

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (8, 16, 32, 64, 128, 256, 512)
SHARES = {
    name: st.floats(0, 1) for name in ("busy_share", "overhead_busy_share", "clock_share", "overhead_clock_share")
}
POSITIVE = {
    "steady_s": st.floats(0.1, 1e5),
    "overhead_s": st.floats(0.1, 1e6),
    "drag_s": st.floats(0, 10),
    "idle_w": st.floats(1, 90),
    "dynamic_w": st.floats(1, 1000),
    "half_size": st.floats(0.01, 1e4),
    "floor_w": st.floats(1, 150),
    "slowdown_exponent": st.floats(0.01, 4),
    "cap_sharpness": st.floats(0.5, 50),
}
values = st.fixed_dictionaries({**SHARES, **POSITIVE})


@given(values=values, size=st.integers(1, 100_000), limits=st.lists(st.integers(100, 1000), min_size=2, max_size=9))
def test_a_higher_limit_never_slows_and_never_saves_watts(
    values: dict[str, float], size: int, limits: list[int], machine_curve: Callable[..., Any]
) -> None:
    """Time falls or stays, power rises or stays, and power lies between idle and what the batch size demands."""
    machine = replace(machine_curve(), **values)
    limits = sorted(limits)
    time, power = machine.time_per_epoch(size, limits), machine.average_power(size, limits)
    rounding = 1e-9
    assert np.all(np.diff(time) <= rounding * time[:-1])
    assert np.all(np.diff(power) >= -rounding * power[:-1])
    assert np.all(power <= machine.demand_w(size) * (1 + rounding))
    assert np.all(power >= machine.idle_w * (1 - rounding))


@given(values=values, size=st.integers(1, 100_000))
def test_a_limit_far_above_the_demand_changes_nothing(
    values: dict[str, float], size: int, machine_curve: Callable[..., Any]
) -> None:
    """Without a limit, power is the demand and time the plain sum of its parts."""
    machine = replace(machine_curve(), **values)
    assert machine.average_power(size, np.inf) == pytest.approx(machine.demand_w(size))
    parts = machine.steady_s + machine.overhead_s / size + machine.drag_s * size
    assert machine.time_per_epoch(size, np.inf) == pytest.approx(parts)


def test_power_is_above_the_limit_only_near_the_floor(parameters: Parameters) -> None:
    """In fitted curves a limit holds within 5 % wherever it is 1.2 times the floor or more."""
    for workload in parameters.workloads:
        for machine in workload.machines.values():
            limits = np.array([limit for limit in machine.power_limits if limit >= 1.2 * machine.floor_w])
            size, limit = np.meshgrid(machine.batch_sizes, limits)
            assert np.all(machine.average_power(size, limit) <= 1.05 * limit)


def test_epochs_follow_the_critical_batch_size_law(epoch_curve: Callable[..., Any]) -> None:
    """At the critical size large batches cost as many epochs again; far above it, they rise as a power of it."""
    curve = replace(epoch_curve(0.5, 10.0), small_size=1e-9)
    assert curve.epochs(curve.critical_size) == pytest.approx(20.0)
    assert np.log2(curve.epochs(2e9) / curve.epochs(1e9)) == pytest.approx(curve.large_steepness)


def test_sizes_that_never_reached_the_target_stay_that_way(epoch_curve: Callable[..., Any]) -> None:
    """Chances are the recorded ones, between them in proportion to log size, beyond them those of the nearest size."""
    curve = epoch_curve(0.7, 60.0, chances=(0.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.0))
    assert [curve.chance(size, SIZES) for size in SIZES] == list(curve.chances)
    assert [curve.chance(size, SIZES) for size in (1, 4, 1024, 10**6)] == [0.0] * 4
    assert curve.chance(2**7.5, SIZES) == pytest.approx(0.8)


def test_every_parameter_is_explained() -> None:
    """Each field of a curve is named in its docstring, from which the bundled README is made."""
    for curve in (EpochCurve, MachineCurve):
        assert [each.name for each in fields(curve) if each.name not in (curve.__doc__ or "")] == []
