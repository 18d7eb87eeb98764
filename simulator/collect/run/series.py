"""One run after the other, and what a run that went wrong means for those after it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from simulator.collect.energy import INVALID
from simulator.collect.result import fresh_directory, write_result
from simulator.collect.run.once import perform
from simulator.errors import EventError, GpuLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.collect.plan import RunSpec
    from simulator.collect.result import RunResult
    from simulator.collect.run.rig import Rig
    from simulator.collect.run.sensors import Sensors

__all__ = ["make_runs"]

_logger = logging.getLogger("simulator.collect")

#: How often a run is tried that something else spoils.
_TRIES = 3

#: What reasons begin with that no other run would fare better with.
_SAME_FOR_ALL = ("no_events", "no_metric", "no_train_end")

#: A sampler initialises NVML anew 5 s after it lost a GPU; how long to wait for what comes of that [ns].
_REVIVAL_NS, _LOOK_NS = 8_000_000_000, 250_000_000


def make_runs(
    rig: Rig, specs: Sequence[RunSpec], done: Mapping[str, RunResult], tell: Callable[[int, str], None]
) -> None:
    """Make runs in their order.

    Parameters
    ----------
    rig
        What all runs share.
    specs
        The runs to be made.
    done
        Results that are there already.
    tell
        Called with the number of the run, from 0, and its name, before it; and in the end.

    Raises
    ------
    GpuLostError
        If a GPU does not answer any more; the runs before are kept.
    EventError
        If the script says nothing that could be followed: no other run would fare better.
    """
    infeasible = {result.spec.batch_size: key for key, result in done.items() if result.status == "infeasible"}
    for result in done.values():
        _learn_steps(rig, result)
    for number, spec in enumerate(specs):
        if spec.batch_size in infeasible:
            _logger.warning("skipped, since %s did not fit: %s", infeasible[spec.batch_size], spec)
            continue
        tell(number, str(spec))
        result, why = _make(rig, spec)
        _learn_steps(rig, result)
        if result.status != "done":
            _logger.warning("%s: %s: %s", spec, result.status, result.reason)
        elif "cut_short" in result.flags:
            _logger.warning("%s: %s", spec, "; ".join(result.notes))
        if result.status == "infeasible":
            infeasible[spec.batch_size] = spec.key
        elif why in ("gpu_lost", "gpu_silent") and rig.sensors is not None:
            _insist(rig, rig.sensors, result, why)
        elif result.reason.startswith(_SAME_FOR_ALL):
            raise EventError(result.reason.partition(": ")[2])
    tell(len(specs), "")


def _make(rig: Rig, spec: RunSpec) -> tuple[RunResult, str]:
    """Make one run; again, if something that is not its fault spoiled it."""
    for left in reversed(range(_TRIES)):
        directory = fresh_directory(rig.out, spec)
        result, why = perform(rig, spec, directory)
        spoiled = _spoiled(result, why, interrupted=rig.sensors is not None and rig.sensors.interrupted)
        if not spoiled or not left:
            break
        _logger.warning("%s: made once more, because of: %s", spec, ", ".join(spoiled))
    write_result(directory, result)
    return result, why


def _spoiled(result: RunResult, why: str, *, interrupted: bool) -> list[str]:
    """Say what spoiled a run: somebody else changed the limit, or there is no telling what its window cost."""
    if why == "limit_changed":
        return [why]
    if result.window is None or result.spec.kind == "epochs":  # how many epochs it took is known all the same
        return []
    if interrupted and result.window.energy_j is None:
        return ["gap"]
    return sorted(INVALID.intersection(result.window.flags))


def _insist(rig: Rig, sensors: Sensors, result: RunResult, why: str) -> None:
    """Go on only if the GPU is not lost but could not be read for a while, and answers again."""
    until_ns = rig.clock.monotonic_ns() + (_REVIVAL_NS if why == "gpu_silent" else 0)
    while rig.clock.monotonic_ns() < until_ns:
        if (gpus := sensors.gpus()) and not any(gpu["lost"] for gpu in gpus):
            _logger.warning("the GPU answers again; going on")
            return
        rig.clock.sleep_until(rig.clock.monotonic_ns() + _LOOK_NS)
    raise GpuLostError(
        f"{result.reason}\nNo further run is made. Once it answers again, go on with --resume --retry-failed"
    )


def _learn_steps(rig: Rig, result: RunResult) -> None:
    steps = next((epoch.steps for epoch in result.epochs if epoch.steps), None)
    if steps is not None:
        rig.steps_per_epoch.setdefault(result.spec.batch_size, steps)
