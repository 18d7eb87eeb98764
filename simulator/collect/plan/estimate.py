"""How many runs, how many epochs at most, and about how long those take, and what that rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.collect.plan.grid import RunSpec
    from simulator.collect.plan.plan import Plan

__all__ = ["Estimate", "Timed", "estimate"]

#: What is known of a run that was made: batch size, and how long its epochs took [s].
Timed = tuple[int, "tuple[float, ...]"]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a collection will take.

    Parameters
    ----------
    runs
        Runs to be made.
    epochs
        Epochs of all of them, at most.
    time_s
        About how long so many epochs take [s]; no bound, since an epoch may take longer than those that were measured
        at a higher power limit or another batch size. None: nothing is known of how long an epoch takes.
    basis
        What the time rests on, in words.
    of_runs_epochs
        Epochs of each run, at most, in their order.
    of_runs_s
        About the time of each run [s]; the number of its epochs if nothing is known.
    """

    runs: int
    epochs: int
    time_s: float | None
    basis: str
    of_runs_epochs: tuple[int, ...]
    of_runs_s: tuple[float, ...]


def estimate(plan: Plan, specs: Iterable[RunSpec], *, done: Iterable[Timed] = ()) -> Estimate:
    """Estimate what runs will take if none reaches its target before its last epoch.

    Starting the script, and a GPU that takes longer than ``cooldown_s`` to cool down, come on top.

    Parameters
    ----------
    plan
        The plan.
    specs
        Runs to be made.
    done
        Batch size and times of epochs [s] of runs that were made already.

    Returns
    -------
    Estimate
        Runs, epochs, and the time, if anything is known of how long an epoch takes: measured at the same batch size,
        or at the nearest, or guessed in the plan. Scaled from one size to another, an epoch of a smaller size takes
        longer in proportion, as steps do that cost the same, and one of a larger size is not taken to be shorter.
    """
    specs = tuple(specs)
    known, measured = _known(plan, done)
    each_s = {spec.batch_size: _epoch_s(spec.batch_size, known) for spec in specs}
    epochs = tuple(_epochs(plan, spec, each_s[spec.batch_size]) for spec in specs)
    times = tuple(map(float, epochs))
    if known:
        idle_s = plan.measure.baseline_s + plan.measure.cooldown_s
        times = tuple(n * (each_s[spec.batch_size] or 0.0) + idle_s for spec, n in zip(specs, epochs, strict=True))
    return Estimate(
        runs=len(specs),
        epochs=sum(epochs),
        time_s=sum(times) if known else None,
        basis=_basis(plan, {spec.batch_size for spec in specs}, known, measured=measured),
        of_runs_epochs=epochs,
        of_runs_s=times,
    )


def _known(plan: Plan, done: Iterable[Timed]) -> tuple[dict[int, float], bool]:
    """Time of an epoch by batch size [s], and whether it was measured."""
    times: dict[int, list[float]] = {}
    for size, of_epochs in done:
        times.setdefault(size, []).extend(of_epochs)
    if known := {size: median(of_size) for size, of_size in times.items() if of_size}:
        return known, True
    if plan.measure.epoch_s is None:
        return {}, False
    return {plan.job.default_bs or max(plan.grid.batch_sizes): plan.measure.epoch_s}, False


def _epoch_s(size: int, known: Mapping[int, float]) -> float | None:
    if not known:
        return None
    nearest = min(known, key=lambda other: (abs(math.log(other / size)), other))
    return known[nearest] * max(1.0, nearest / size)


def _epochs(plan: Plan, spec: RunSpec, epoch_s: float | None) -> int:
    """Most epochs of a run; of a power run, those until its window is long enough."""
    if spec.kind != "power" or epoch_s is None:
        return spec.epochs
    measure = plan.measure
    window = max(measure.epochs, math.ceil(measure.min_window_s / epoch_s)) if epoch_s > 0 else measure.epochs
    return min(spec.epochs, measure.warm_up_epochs + window)


def _basis(plan: Plan, sizes: set[int], known: Mapping[int, float], *, measured: bool) -> str:
    if not known:
        return "unknown: no run was made yet, and the plan has no guess (measure.epoch_s)"
    if not measured:
        (size,) = known
        return f"the plan's guess of {plan.measure.epoch_s:g} s an epoch at batch size {size}, scaled to the others"
    others = sorted(sizes - set(known))
    scaled = f"; scaled from the nearest at {', '.join(map(str, others))}" if others else ""
    return f"epochs measured at batch size {', '.join(map(str, sorted(known)))}{scaled}"
