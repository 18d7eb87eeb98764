"""A simulated GPU that this process and all that it starts see."""

from __future__ import annotations

import pytest
from quick_collections import TESTS

from simulator.collect.run import collect


@pytest.fixture
def surroundings(monkeypatch, tmp_path):
    """Let processes find the Python side of the stub; keep journals apart from the user's."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path / "state"))
    for name in ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "NVML_STUB_STATE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def gpu(make_gpus, surroundings):
    """One GPU whose user had set it to 350 W, with sensors that bring something new every 20 ms."""
    gpus = make_gpus(update_ms=20, window_ms=20)
    for name, value in gpus.environment().items():
        surroundings.setenv(name, value)
    gpus.fault("limit_changed", watts=350)
    gpus.set_demand(60)
    return gpus


@pytest.fixture
def run_plan(gpu, tmp_path, monkeypatch):
    """Collect a plan in this process."""
    monkeypatch.setattr("simulator.collect.run.controller.PROBE_S", 0.2)

    def run(plan, out=None, **options):
        return collect(plan, out or tmp_path / "out", **options)

    return run
