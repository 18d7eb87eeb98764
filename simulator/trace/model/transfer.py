"""Carry a workload's curve over to a GPU on which it was never recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.check import real_number
from simulator.errors import NotInTraceError, TraceError

if TYPE_CHECKING:
    from simulator.trace.model.machine import MachineCurve
    from simulator.trace.model.parameters import Parameters, Workload

__all__ = ["rescaled", "transferred"]


def transferred(parameters: Parameters, workload: Workload, gpu: str) -> list[MachineCurve]:
    """Curves of a workload on a GPU, one from each GPU on which it was recorded.

    Each is that of the other GPU, with times and dynamic power scaled by how the two compare on the workloads that both
    ran, at the batch sizes that both ran and without a limit; idle draw and floor are the GPU's own. Left out in turn,
    the 24 pairs of workload and GPU in the traces published with the Zeus paper are off by a factor of 1.3 in time and
    1.1 in power in the median, of 2.4 in either in the worst case (`simulator.trace.model.left_out`): good for a first
    guess, not for a verdict.

    Parameters
    ----------
    parameters
        A fitted model.
    workload
        The workload.
    gpu
        A fitted GPU.

    Returns
    -------
    list of MachineCurve
        At least one.

    Raises
    ------
    NotInTraceError
        If no other GPU that ran this workload shares another workload with this GPU.
    """
    limits = limits_on(parameters, gpu)
    others = [other for other in parameters.workloads if other.key != workload.key and gpu in other.machines]
    curves = []
    for reference, machine in workload.machines.items():
        pairs = [(other.machines[gpu], other.machines[reference]) for other in others if reference in other.machines]
        if pairs and reference != gpu:
            time, dynamic = np.exp(np.mean([_log_ratios(*pair) for pair in pairs], axis=0)).tolist()
            idle_w = float(np.median([mine.idle_w for mine, _ in pairs]))
            floor_w = float(np.median([mine.floor_w for mine, _ in pairs]))
            curves.append(_scaled(machine, time, dynamic, idle_w, floor_w, limits))
    if not curves:
        raise NotInTraceError(
            f"{', '.join(workload.key)} was recorded on {', '.join(workload.machines)}, none of which shares another "
            f"workload with {gpu}; say how fast it is instead: like=, relative_speed=, max_power_w="
        )
    return curves


def limits_on(parameters: Parameters, gpu: str) -> tuple[int, ...]:
    """All limits that were recorded on a GPU [W], ascending, whatever the workload."""
    machines = [workload.machines[gpu] for workload in parameters.workloads if gpu in workload.machines]
    return tuple(sorted({limit for machine in machines for limit in machine.power_limits}))


def rescaled(
    machine: MachineCurve, *, largest_w: float, relative_speed: float | None, max_power_w: float | None
) -> MachineCurve:
    """Curve of a GPU that is like a fitted one, but faster or larger.

    Parameters
    ----------
    machine
        Curve on the fitted GPU.
    largest_w
        The fitted GPU's largest power limit [W].
    relative_speed
        How many times as fast the other GPU is without a limit [1]; None is as fast.
    max_power_w
        The other's largest power limit [W], with which what it draws and its limits scale; None is the same.

    Raises
    ------
    TraceError
        If either is not a number above 0.
    """
    speed = 1.0 if relative_speed is None else real_number("relative_speed", relative_speed, error=TraceError)
    watts = 1.0 if max_power_w is None else real_number("max_power_w", max_power_w, error=TraceError) / largest_w
    if not 0 < speed < np.inf or not 0 < watts < np.inf:
        raise TraceError(
            f"relative_speed is {relative_speed} and max_power_w {max_power_w}; both must be numbers above 0"
        )
    limits = tuple(round(watts * limit) for limit in machine.power_limits)
    return _scaled(machine, 1 / speed, watts, watts * machine.idle_w, watts * machine.floor_w, limits)


def _scaled(
    machine: MachineCurve, time: float, dynamic: float, idle_w: float, floor_w: float, power_limits: tuple[int, ...]
) -> MachineCurve:
    return replace(
        machine,
        power_limits=power_limits,
        steady_s=machine.steady_s * time,
        overhead_s=machine.overhead_s * time,
        drag_s=machine.drag_s * time,
        dynamic_w=machine.dynamic_w * dynamic,
        idle_w=idle_w,
        floor_w=floor_w,
    )


def _log_ratios(mine: MachineCurve, theirs: MachineCurve) -> tuple[float, float]:
    """Mean log ratio of time and of dynamic power, at common batch sizes and without a limit."""
    sizes = sorted(set(mine.batch_sizes) & set(theirs.batch_sizes)) or mine.batch_sizes
    time = np.log(mine.time_per_epoch(sizes, np.inf) / theirs.time_per_epoch(sizes, np.inf))
    dynamic = np.log((mine.demand_w(sizes) - mine.idle_w) / (theirs.demand_w(sizes) - theirs.idle_w))
    return float(time.mean()), float(dynamic.mean())
