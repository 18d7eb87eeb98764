"""Views of a simulated GPU on its own clock."""

from __future__ import annotations

import pytest

from simulator.collect.live import watch
from simulator.collect.nvml import find_gpus, nvml


@pytest.fixture
def views(manual_gpus, manual_clock):
    """Watch the GPU for so long, on its own clock."""
    with nvml():
        yield lambda **words: watch(find_gpus(), clock=manual_clock, **words)
