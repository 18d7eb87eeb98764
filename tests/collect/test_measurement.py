"""A block of code, measured on a simulated GPU."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time

import psutil
import pytest

from simulator.collect import measurement
from simulator.collect.measurement import measure
from simulator.errors import CollectError, GpuError, NvmlMissingError, SamplerError


@pytest.fixture
def loaded(gpus, monkeypatch):
    """One simulated GPU that idles at 60 W, known to child processes as well."""
    for name, value in gpus.environment().items():
        monkeypatch.setenv(name, value)
    gpus.set(noise_w=0.5)
    return gpus


def _children():
    """Processes that this one has started; other tests may have left a server running for those that come later."""
    return set(psutil.Process().children())


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

    found, before = [], _children()
    with pytest.raises(KeyError, match="mine"):
        explode()
    assert found[0].energy_j > 200.0
    assert _children() <= before


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


def _kill_sampler(before):
    """End the process that samples, as the system does when memory is short."""
    (child,) = _children() - before
    child.kill()
    child.wait()


def test_the_blocks_own_error_wins(loaded, caplog):
    """Sampling broke off before: that is said in the log, and the time is known."""
    found, before = [], _children()

    def explode():
        with measure() as measured:
            found.append(measured)
            _kill_sampler(before)
            raise KeyError("mine")

    with caplog.at_level(logging.WARNING, "simulator.collect"), pytest.raises(KeyError, match="mine"):
        explode()
    assert "its energy is unknown" in caplog.text
    assert 0 < found[0].time_s < 60
    with pytest.raises(CollectError, match="sampling broke off"):
        _ = found[0].energy_j
    assert repr(found[0]).startswith("<energy unknown, ")


def test_sampling_that_broke_off_is_an_error_and_the_time_is_known(loaded):
    """No number is made up; the work of the block need not be lost."""
    found, before = [], _children()

    def lose():
        with measure() as measured:
            found.append(measured)
            _kill_sampler(before)

    with pytest.raises(SamplerError):
        lose()
    assert 0 < found[0].time_s < 60


def test_children_are_the_blocks_own_also_when_they_have_ended(loaded):
    """Workers of a data loader come and go."""
    loaded.set_pids([os.getpid()])
    with measure() as measured:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        loaded.set_pids([os.getpid(), child.pid])
        time.sleep(1.5)
        child.communicate(b"\n")
        loaded.set_pids([os.getpid()])
    assert "foreign_process" not in measured.flags


def test_what_a_framework_has_queued_is_waited_for_at_both_edges(loaded, monkeypatch):
    """Work from before the block is not the block's."""
    waits = []
    monkeypatch.setattr(measurement, "synchronize", lambda: waits.append(time.monotonic_ns()))
    with measure() as measured:
        began = time.monotonic_ns()
        time.sleep(0.2)
    first, last = waits
    assert first <= measured.window.start_ns <= began < last <= measured.window.end_ns


def test_samples_lie_where_the_folder_was_when_the_block_began(loaded, tmp_path, monkeypatch):
    """The block may change the working directory."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with measure(folder="kept") as measured:
        os.chdir(tmp_path / "there")
        time.sleep(0.3)
    assert (tmp_path / "here" / "kept" / "samples.arrows").exists()
    assert measured.energy_j is not None


def test_a_folder_with_samples_is_refused(loaded, tmp_path):
    """Two blocks in one would be taken for one."""
    (tmp_path / "slow.arrows").touch()
    with pytest.raises(CollectError, match=r"holds samples already \(slow\.arrows\)"), measure(folder=tmp_path):
        pytest.fail("the block ran")


def test_one_gpu_needs_no_list(loaded):
    """By its number, or by its UUID."""
    for wanted in (0, loaded.uuid()):
        with measure(wanted) as measured:
            pass
        assert len(measured.gpus) == 1


@pytest.mark.parametrize("period_ms", [0, -5, float("nan")])
def test_a_period_that_is_none_is_refused(loaded, period_ms):
    """Before the block runs."""
    with pytest.raises(CollectError, match="positive number"), measure(period_ms=period_ms):
        pytest.fail("the block ran")
