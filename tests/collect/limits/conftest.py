"""Simulated GPUs that have a limit already, and controllers that set another one."""

from __future__ import annotations

import os
import sys

import pytest
from controllers import CONTROLLER, EARLIER_W, Controller

from simulator.collect.nvml import find_gpus, nvml


@pytest.fixture
def state_dir(tmp_path, monkeypatch):
    """A folder for journals that this process and its children use."""
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def journals(state_dir):
    """List the journals that exist."""
    return lambda: sorted((state_dir / "limits").glob("*.json"))


@pytest.fixture
def gpu(make):
    """A simulated GPU that somebody limited to less than its most."""
    gpu = make()
    gpu.fault("limit_changed", watts=EARLIER_W)
    return gpu


@pytest.fixture
def start(state_dir):
    """Start controllers that use simulated GPUs."""
    started = []

    def starting(gpus, *, script=CONTROLLER, command=None, **options):
        words = [sys.executable, "-c", script, repr(command)]
        started.append(Controller(words, os.environ | gpus.environment() | options.pop("env", {}), **options))
        return started[-1]

    yield starting
    for controller in started:
        controller.clean_up()


@pytest.fixture
def make(make_gpus, state_dir, monkeypatch):
    """Make simulated GPUs that this process and its children use, the guardian among them."""

    def made(**knobs):
        gpus = make_gpus(**knobs)
        for name, value in gpus.environment().items():
            monkeypatch.setenv(name, value)
        return gpus

    return made


@pytest.fixture
def devices(gpu):
    """The simulated GPU as NVML shows it."""
    with nvml():
        yield find_gpus()
