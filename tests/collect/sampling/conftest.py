"""GPUs to sample, and what samples them: a process on the system's clock, or a loop on a manual one."""

from __future__ import annotations

import pytest
from nvml_stub import ManualClock
from sampled_loops import MS, Kept

from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.sampling import Sampler
from simulator.collect.sampling.loop import Loop


@pytest.fixture
def simulated(make_gpus):
    """Make simulated GPUs on a manual clock: the handle, the clock, and the GPUs as NVML shows them."""
    opened = []

    def make(**knobs):
        gpus = make_gpus(manual=True, **knobs)
        opened.append(nvml())
        opened[-1].__enter__()
        return gpus, ManualClock(gpus), find_gpus()

    yield make
    for block in opened:
        block.__exit__(None, None, None)


@pytest.fixture
def sampled(simulated):
    """Make GPUs and a loop over them: the handle, the clock, the loop, and what it keeps."""

    def make(*, period_ms=50, revive=None, **knobs):
        gpus, clock, devices = simulated(**knobs)
        kept = Kept()
        loop = Loop(devices, clock=clock, period_ns=round(period_ms * MS), write=kept, revive=revive)
        return gpus, clock, loop, kept

    return make


@pytest.fixture
def sampler(gpus):
    """A sampler of one simulated GPU, not started yet."""
    made = Sampler([gpus.uuid()], environment=gpus.environment())
    yield made
    made.stop()
