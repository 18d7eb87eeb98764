"""Simulated GPUs for the tests of the collector."""

from __future__ import annotations

import pytest
from nvml_stub import ManualClock, SimulatedGpus, build, compiler


@pytest.fixture(scope="session")
def stub_library(tmp_path_factory):
    """A ``libnvidia-ml.so.1`` in a folder of its own."""
    if compiler() is None:
        pytest.skip("no C compiler: cc, gcc or clang would build the simulated GPU")
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def make_gpus(stub_library, tmp_path):
    """Make simulated GPUs that this process uses; the newest ones count."""
    made = []

    def make(**knobs):
        made.append(SimulatedGpus(tmp_path, library=stub_library, **knobs).attach())
        return made[-1]

    yield make
    if made:
        made[-1].detach()


@pytest.fixture
def gpus(make_gpus):
    """One simulated GPU on the system's clock."""
    return make_gpus()


@pytest.fixture
def manual_gpus(make_gpus):
    """One simulated GPU whose time a test advances."""
    return make_gpus(manual=True)


@pytest.fixture
def manual_clock(manual_gpus):
    """The clock of ``manual_gpus``."""
    return ManualClock(manual_gpus)
