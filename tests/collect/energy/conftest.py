"""Recordings of simulated GPUs."""

from __future__ import annotations

import pytest
from energy_runs import Recording


@pytest.fixture
def record(make_gpus):
    """Start a recording on new simulated GPUs."""
    return lambda period_ms=53, **knobs: Recording(make_gpus(manual=True, **knobs), period_ms)
