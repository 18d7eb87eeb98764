"""The process that samples, and the handle on it: real processes, short runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest
from controllers import wait_until

from simulator.collect.sampling import Sampler, read_samples
from simulator.errors import GpuError, NvmlMissingError, PlanError, SamplerError


def test_a_run_is_sampled(gpus, sampler, tmp_path):
    """Probed, recorded, closed: the files hold what the GPU did, and say what is known of the collection."""
    sampler.start()
    found = sampler.probe(0.6)
    assert found.gpus[0].uuid == gpus.uuid()
    assert found.period_ms == 53
    files = sampler.open(tmp_path / "run")
    gpus.set_demand(250)
    time.sleep(1.5)
    summary = sampler.close()
    samples, slow = read_samples(tmp_path / "run"), read_samples(tmp_path / "run", "slow")
    assert [os.path.basename(file) for file in files] == ["samples.arrows", "slow.arrows"]  # noqa: PTH119 - they are text
    assert summary["rows"] == len(samples) > 3
    assert summary["slow_rows"] == len(slow) >= 1
    assert summary["missed"] == samples.attrs["collection"]["missed"]
    assert summary["period_ms"] == 53
    about = samples.attrs["collection"]
    assert about["uuids"] == [gpus.uuid()]
    assert about["probe"] == found.to_json()
    assert about["period_ns"] == 53_000_000
    assert about["instant_is_mean"] == [False]
    assert about["torn_bytes"] == 0
    first, last = samples.iloc[0], samples.iloc[-1]
    true_j = gpus.true_energy_j(int(first["after_ns"]), int(last["after_ns"]))
    assert (last["energy_mj"] - first["energy_mj"]) / 1e3 == pytest.approx(true_j, abs=60)  # one update at each end
    assert (slow["wall_ns"] - slow["mono_ns"]).iloc[0] == pytest.approx(time.time_ns() - time.monotonic_ns(), abs=1e9)


def test_one_process_records_one_run_after_the_other(gpus, sampler, tmp_path):
    """It goes on in between, for whoever looks; a period that was given is kept to."""
    sampler = Sampler([gpus.uuid()], period_ms=10, environment=gpus.environment())
    with sampler:
        process = sampler.pid
        for run in ("a", "b"):
            sampler.open(tmp_path / run)
            with pytest.raises(SamplerError, match="already records into"):
                sampler.open(tmp_path / "c")
            time.sleep(0.3)
            assert sampler.close()["period_ms"] == 10
            with pytest.raises(SamplerError, match="records nothing"):
                sampler.close()
            assert len(read_samples(tmp_path / run)) > 1
        wait_until(sampler.latest)
        heard_ns = sampler.latest()["mono_ns"]
        wait_until(lambda: sampler.latest()["mono_ns"] > heard_ns)
        assert not sampler.latest()["recording"]
        assert sampler.latest()["gpus"][0]["enforced_limit_mw"] == 400_000
        assert sampler.pid == process
        assert sampler.trouble() is None
    assert not psutil.pid_exists(process)
    assert not sampler.alive()


def test_errors_of_the_process_are_raised_here(gpus, sampler, tmp_path):
    """With their types and words: no such GPU, no NVML."""
    with pytest.raises(GpuError, match="there is no GPU GPU-none"):
        Sampler(["GPU-none"], environment=gpus.environment()).start()
    gpus.fault("driver_not_loaded")
    with pytest.raises(NvmlMissingError, match="no NVIDIA driver is loaded"):
        sampler.start()
    assert sampler.pid is None
    with pytest.raises(SamplerError, match=r"call start\(\) first"):
        sampler.open(tmp_path)


def test_modules_in_the_working_directory_are_not_taken(sampler, tmp_path, monkeypatch):
    """A job may have a file called like one that the sampler needs."""
    (tmp_path / "queue.py").write_text("raise RuntimeError('the job's own')")
    monkeypatch.chdir(tmp_path)
    sampler.start()
    assert sampler.alive()


def test_the_process_loads_nothing_heavy():
    """It starts quickly, and holds little memory beside the job."""
    code = (
        "import sys, simulator.collect.sampling.process;"
        "print([m for m in 'pandas torch matplotlib scipy numba rich click'.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("period_ms", [0, -5, float("nan"), float("inf")])
def test_a_period_that_is_none_is_refused(period_ms):
    """Before a process is started that would never sleep."""
    with pytest.raises(PlanError, match="must be a positive number"):
        Sampler(["GPU-0"], period_ms=period_ms)
