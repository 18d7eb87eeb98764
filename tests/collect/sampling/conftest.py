"""GPUs to sample, by the real bindings, on a manual clock."""

from __future__ import annotations

import pytest
from nvml_stub import ManualClock

from simulator.collect.nvml import find_gpus, nvml


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
