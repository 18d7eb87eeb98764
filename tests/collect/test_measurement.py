"""A block of code, measured on a simulated GPU."""

from __future__ import annotations

import os
import time

import psutil
import pytest

from simulator.collect.measurement import measure
from simulator.errors import CollectError, GpuError, NvmlMissingError


@pytest.fixture
def loaded(gpus, monkeypatch):
    """One simulated GPU that idles at 60 W, known to child processes as well."""
    for name, value in gpus.environment().items():
        monkeypatch.setenv(name, value)
    gpus.set(noise_w=0.5)
    return gpus


def _work(gpus, watts=250.0, seconds=2.0):
    gpus.set_demand(watts)
    time.sleep(seconds)
    gpus.set_demand(60.0)


def test_a_block_has_its_energy(loaded):
    """Energy is the truth within the stated uncertainty, which is small; time is the block's own."""
    with measure() as measured:
        _work(loaded)
    window = measured.window
    truth = loaded.true_energy_j(window.start_ns, window.end_ns)
    assert measured.energy_j == pytest.approx(truth, abs=measured.uncertainty_j)
    assert measured.uncertainty_j < 0.02 * truth
    assert measured.valid
    assert measured.time_s == pytest.approx((window.end_ns - window.start_ns) / 1e9)
    assert measured.average_power_w == pytest.approx(measured.energy_j / measured.time_s)
    assert f"{measured.energy_j:.1f} ± {measured.uncertainty_j:.1f} J" in repr(measured)
    reads_s = (measured.samples["before_ns"] - window.start_ns) / 1e9
    assert reads_s.min() < -0.5, "what came before is sampled, too"
    assert reads_s.max() > measured.time_s + 0.5


def test_nothing_is_known_before_the_end(loaded):
    """A number that is asked for too early is an error, not a zero."""
    with measure() as measured:
        assert repr(measured).startswith("<measuring ")
        for name in ("energy_j", "time_s", "flags", "valid", "samples"):
            with pytest.raises(CollectError, match="not over yet"):
                getattr(measured, name)


def test_a_block_that_raises_is_measured_all_the_same(loaded):
    """The error comes through, the energy up to it is known, and no process is left."""

    def explode():
        with measure() as measured:
            found.append(measured)
            _work(loaded, seconds=1.5)
            raise KeyError("mine")

    found = []
    with pytest.raises(KeyError, match="mine"):
        explode()
    assert found[0].energy_j > 200.0
    assert not psutil.Process().children()


def test_blocks_share_no_files(loaded, tmp_path):
    """Samples are kept where the user says, and nowhere else."""
    with measure(folder=tmp_path / "first") as first:
        pass
    assert (tmp_path / "first" / "samples.arrows").exists()
    assert "uncertain" in first.flags or "short" in first.flags


def test_a_foreign_process_is_noted(loaded):
    """Who else was on the GPU stands beside the number."""
    loaded.set_pids([os.getpid()])
    loaded.fault("foreign_pids", pids=[1])
    with measure() as measured:
        _work(loaded)
    assert "foreign_process" in measured.flags


def test_a_wrong_gpu_is_an_error_before_the_block(loaded):
    """Nothing runs that could not be measured."""
    with pytest.raises(GpuError, match="there is no GPU 7"), measure([7]):
        pytest.fail("the block ran")


def test_without_nvml_the_error_says_so(monkeypatch):
    """A machine without a driver gets the error that the command ends with 3 for."""
    import pynvml

    def missing(*_):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", missing)
    monkeypatch.setattr(pynvml, "nvmlInitWithFlags", missing)
    with pytest.raises(NvmlMissingError, match="driver"), measure():
        pytest.fail("the block ran")
