"""A whole collection: everything that a plan asks for and that is not there yet, one run after the other."""

from __future__ import annotations

import errno
import logging
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from simulator.collect.clock import SystemClock
from simulator.collect.finalize import finalize
from simulator.collect.limits import guarded
from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.plan import estimate
from simulator.collect.result import check_free, known_limits, read_results, todo
from simulator.collect.run.clocks import CLOCKS, ClockTable
from simulator.collect.run.idle import Idle
from simulator.collect.run.lock import held
from simulator.collect.run.manifest import begin_session
from simulator.collect.run.rig import Rig
from simulator.collect.run.sensors import Sensors
from simulator.collect.run.series import make_runs
from simulator.collect.sampling import Sampler
from simulator.errors import CollectError, GpuPermissionError, SamplerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from simulator.collect.clock import Clock
    from simulator.collect.finalize import Finalized
    from simulator.collect.limits import Limiter
    from simulator.collect.nvml import Device
    from simulator.collect.plan import Plan, RunSpec
    from simulator.collect.result import RunResult
    from simulator.collect.sampling import Probe

__all__ = ["collect"]

_logger = logging.getLogger("simulator.collect")

#: How long each GPU's sensors are probed [s].
PROBE_S = 1.5

#: What the system says when there is no more room.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def collect(
    plan: Plan,
    out: Path,
    *,
    resume: bool = False,
    retry_failed: bool = False,
    observe: bool = False,
    no_gpu: bool = False,
    tell: Callable[[float, str], None] | None = None,
    clock: Clock | None = None,
) -> Finalized:
    """Make all runs of a plan, and traces of what they came to.

    Whatever ends it, power limits are given back, no script is left running, and results that are written are whole;
    ``resume`` goes on with the runs that have none.

    Parameters
    ----------
    plan
        What is to be done.
    out
        Where everything goes.
    resume
        Whether to go on with what is there.
    retry_failed
        Whether runs that failed are made again.
    observe
        Whether power limits stay as they are.
    no_gpu
        Whether only times are recorded; no NVML is needed then.
    tell
        Called with the share that is done, 0 to 1, and what is being done.
    clock
        Tells the time; None: the system's clocks.

    Returns
    -------
    Finalized
        The traces, and what is to be said against them.

    Raises
    ------
    NvmlMissingError
        If there is no NVML; nothing was launched.
    GpuPermissionError
        If limits are to be set and may not be; nothing was launched.
    PlanError
        If the GPUs do not take a limit.
    CollectError
        If the folder holds another collection, or nothing more can be measured.
    """
    clock = clock or SystemClock()
    with _room(out), ExitStack() as stack:
        devices: Sequence[Device] = ()
        if not no_gpu:
            stack.enter_context(nvml())
            devices = find_gpus(plan.measure.gpus, allow_shared_sensor=plan.measure.allow_shared_sensor)
        specs, sets_limits = _runs(plan, devices, observe=observe, no_gpu=no_gpu)
        stack.enter_context(held(out))
        check_free(out, resume=resume)
        clocks = ClockTable(out / CLOCKS, clock)
        session = begin_session(plan, out, specs, devices, sets_limits=sets_limits)
        done = read_results(out)
        rig = Rig(plan, out, clock, clocks, Idle(plan.measure, clock, _first_temperature(done.values())))
        if devices:
            sampler = stack.enter_context(Sampler([gpu.uuid for gpu in devices], period_ms=plan.measure.period_ms))
            probe = _probed(sampler)
            session.add(probe=probe.to_json())
            rig.sensors = Sensors(devices, sampler, probe)
        if sets_limits:
            rig.limiter = stack.enter_context(_permitted(plan, devices))
        session.write()  # not before it is permitted: what is refused leaves nothing that would be in the way
        clocks.look()
        rest = todo(out, specs, retry_failed=retry_failed)
        make_runs(rig, rest, done, _shares(plan, rest, done.values(), tell))
    return finalize(out)


def _runs(plan: Plan, devices: Sequence[Device], *, observe: bool, no_gpu: bool) -> tuple[tuple[RunSpec, ...], bool]:
    """List the runs, and say whether any of them needs another limit than the one that is set."""
    present_w, range_w = known_limits(devices) if devices else (None, None)
    uuids = [device.uuid for device in devices]
    specs = plan.runs(uuids, present_w=present_w, range_w=range_w, observe=observe, no_gpu=no_gpu)
    asked = not observe and not no_gpu and plan.grid.power_limits_w is not None
    return specs, asked


def _probed(sampler: Sampler) -> Probe:
    """Probe the sensors; a sampler that somebody killed meanwhile is started again, once."""
    try:
        return sampler.probe(PROBE_S)
    except SamplerError as error:
        if sampler.alive():
            raise
        _logger.warning("%s; starting it again", error)
        sampler.start()
        return sampler.probe(PROBE_S)


@contextmanager
def _permitted(plan: Plan, devices: Sequence[Device]) -> Iterator[Limiter]:
    """Set limits, if that is permitted, and give them back."""
    with guarded(devices, command=plan.measure.limit_command) as limiter:
        if not limiter.permission():
            raise GpuPermissionError(
                f"power limits cannot be set here: {limiter.refusal}. Measure at the present limit with --observe; or "
                "run as root (in a container with --cap-add=SYS_ADMIN); or name a command that may set them, in the "
                'plan: [measure] limit_command = ["sudo", "-n", "nvidia-smi", "-i", "{uuid}", "-pl", "{watts}"]'
            )
        yield limiter


@contextmanager
def _room(out: Path) -> Iterator[None]:
    """Say of a full disk what to do; limits are given back by now."""
    try:
        yield
    except OSError as error:
        if isinstance(error, CollectError) or error.errno not in _FULL:
            raise
        raise CollectError(
            f"{error.filename or out}: {error.strerror}; what was finished is whole. Make room, and go on with --resume"
        ) from error


def _first_temperature(results: Iterable[RunResult]) -> float | None:
    """Temperature before the first run of an earlier session [°C]."""
    for result in sorted(results, key=lambda result: result.started_wall_ns):
        if result.baseline and result.baseline.get("temperature_c"):
            return float(max(result.baseline["temperature_c"]))
    return None


def _shares(
    plan: Plan, rest: Sequence[RunSpec], results: Iterable[RunResult], tell: Callable[[float, str], None] | None
) -> Callable[[int, str], None]:
    """Turn the number of a run into the share of the time that is over by then."""
    if tell is None:
        return lambda _number, _words: None
    timed = [(each.spec.batch_size, tuple(epoch.time_s for epoch in each.epochs)) for each in results]
    times = estimate(plan, rest, done=timed).of_runs_s
    total = sum(times) or 1.0
    return lambda number, words: tell(min(1.0, sum(times[:number]) / total), words)
