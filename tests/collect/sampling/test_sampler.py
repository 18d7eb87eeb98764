"""The process that samples, and the handle on it: real processes, short runs."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time

import psutil
import pytest

from simulator.collect.sampling import Sampler, child, read_samples
from simulator.errors import CollectError, GpuError, NvmlMissingError, PlanError, SamplerError

#: A controller that starts a sampler, lets it record, says its process id, and waits to be killed.
CONTROLLER = """
import sys, time
from pathlib import Path
from simulator.collect.sampling import Sampler
sampler = Sampler([sys.argv[1]])
sampler.start()
sampler.open(Path(sys.argv[2]))
print(sampler.pid, flush=True)
time.sleep(600)
"""


def wait_until(true, seconds=30.0):
    """Wait for something to become true; machines are slow at times."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def sampler(gpus):
    """A sampler of one simulated GPU, not started yet."""
    made = Sampler([gpus.uuid()], environment=gpus.environment())
    yield made
    made.stop()


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


def test_a_directory_that_cannot_be_made_is_said(sampler, tmp_path):
    """And the sampler goes on."""
    (tmp_path / "file").touch()
    sampler.start()
    with pytest.raises(CollectError, match="cannot be made: Not a directory"):
        sampler.open(tmp_path / "file" / "run")
    sampler.open(tmp_path / "run")


def test_a_killed_sampler_is_noticed_and_started_again(sampler, tmp_path):
    """The second one writes new files beside the first one's, and both are read."""
    sampler.start()
    sampler.open(tmp_path)
    wait_until(lambda: (tmp_path / "samples.arrows").stat().st_size > 6000)
    os.kill(sampler.pid, signal.SIGKILL)
    wait_until(lambda: not sampler.alive())
    assert "was killed by signal 9" in str(sampler.trouble())
    with pytest.raises(SamplerError, match="was killed by signal 9"):
        sampler.close()
    sampler.start()
    assert [file.rpartition("/")[2] for file in sampler.open(tmp_path)] == ["samples.2.arrows", "slow.2.arrows"]
    time.sleep(0.3)
    rows = sampler.close()["rows"]
    samples = read_samples(tmp_path)
    assert len(samples) > rows
    assert samples["before_ns"].is_monotonic_increasing
    assert samples.attrs["collection"]["files"] == ["samples.arrows", "samples.2.arrows"]


def test_modules_in_the_working_directory_are_not_taken(sampler, tmp_path, monkeypatch):
    """A job may have a file called like one that the sampler needs."""
    (tmp_path / "queue.py").write_text("raise RuntimeError('the job's own')")
    monkeypatch.chdir(tmp_path)
    sampler.start()
    assert sampler.alive()


def test_a_sampler_that_dies_is_quoted(sampler, tmp_path):
    """What it said last is in the error."""
    sampler = Sampler(["GPU-1"], environment={"PYTHONPATH": str(tmp_path)})
    (tmp_path / "pyarrow.py").write_text("raise RuntimeError('this pyarrow is broken')")
    with pytest.raises(SamplerError, match=r"(?s)ended with code 1.*this pyarrow is broken"):
        sampler.start()


def test_a_sampler_that_hangs_is_noticed_and_killed(sampler, monkeypatch, tmp_path):
    """It is alive to the system, and says nothing; nothing of it stays."""
    sampler.start()
    process = psutil.Process(sampler.pid)
    process.suspend()
    monkeypatch.setattr(child, "SILENCE_S", 0.0)
    assert "has said nothing for" in str(sampler.trouble())
    monkeypatch.setattr(child, "ANSWER_S", 0.2)
    with pytest.raises(SamplerError, match=r"gave no answer to 'open' for 0\.2 s and was killed"):
        sampler.open(tmp_path)
    sampler.stop()
    assert not process.is_running()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_sampler_outlives_its_controller(gpus, tmp_path, number):
    """However the controller ends, its sampler ends too, and its files are whole to the last row."""
    controller = subprocess.Popen(
        [sys.executable, "-c", CONTROLLER, gpus.uuid(), tmp_path],
        env=os.environ | gpus.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    sampler = psutil.Process(int(controller.stdout.readline()))
    time.sleep(0.3)
    controller.send_signal(number)
    controller.communicate()
    assert psutil.wait_procs([sampler], timeout=30)[1] == []
    samples = read_samples(tmp_path)
    assert len(samples) > 1
    assert samples.attrs["collection"]["torn_bytes"] == 0


def test_interrupts_of_the_terminal_are_the_controllers(sampler, tmp_path):
    """Ctrl-C does not end it; SIGTERM does, with whole files."""
    sampler.start()
    process = psutil.Process(sampler.pid)
    assert os.getsid(process.pid) == process.pid
    sampler.open(tmp_path)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert process.is_running()
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: not sampler.alive())
    assert read_samples(tmp_path).attrs["collection"]["torn_bytes"] == 0


def test_a_full_disk_ends_the_recording_and_not_the_sampler(sampler, tmp_path):
    """It is told by the heartbeat and by `close`; what was written is whole; the next run has its chance."""
    sampler.start()
    sampler.open(tmp_path / "a")
    resource.prlimit(sampler.pid, resource.RLIMIT_FSIZE, (6000, resource.RLIM_INFINITY))
    wait_until(lambda: sampler.trouble() is not None)
    assert ".arrows: File too large" in str(sampler.trouble())
    assert sampler.alive()
    with pytest.raises(CollectError, match="File too large"):
        sampler.close()
    assert read_samples(tmp_path / "a").attrs["collection"]["torn_bytes"] == 0
    resource.prlimit(sampler.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    sampler.open(tmp_path / "b")
    time.sleep(0.2)
    assert sampler.close()["rows"] > 0
    wait_until(lambda: sampler.trouble() is None)


def test_slow_calls_and_failed_ones_end_nothing(gpus, sampler, tmp_path):
    """They are recorded, and the sampler goes on."""
    sampler.start()
    sampler.open(tmp_path)
    gpus.fault("slow_calls", ms=120, groups="fields")
    gpus.fault("failing", groups=("fields", "power_usage", "energy", "temperature", "pids"), code=999)
    time.sleep(1.0)
    gpus.heal()
    time.sleep(0.6)
    assert sampler.close()["missed"] > 0
    samples = read_samples(tmp_path)
    assert {0, 999} == set(samples["energy_code"])
    assert samples["energy_mj"].isna().equals(samples["energy_code"] == 999)


def test_a_lost_gpu_is_told_and_looked_for_again(gpus, sampler):
    """Containers lose NVML at times; five seconds later it is started anew, and the GPU is asked for."""
    sampler.start()
    wait_until(sampler.latest)
    asked = gpus.calls("handle")
    gpus.fault("lost")
    wait_until(lambda: sampler.latest()["gpus"][0]["lost"])
    wait_until(lambda: gpus.calls("handle") > asked)
    assert sampler.trouble() is None
    gpus.heal()
    wait_until(lambda: not sampler.latest()["gpus"][0]["lost"])
    assert sampler.alive()


def test_a_controller_that_does_not_read_keeps_nobody_waiting(gpus, tmp_path):
    """Its terminal was suspended, say: answers wait, sampling goes on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator.collect.sampling"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | gpus.environment(),
    )
    commands = [{"do": "start", "uuids": [gpus.uuid()], "period_ms": 10}]
    commands += [{"do": "open", "directory": str(tmp_path / "run")}]
    commands += [{"do": "open", "directory": str(tmp_path / ("x" * 200))}] * 800  # refused, with many words
    process.stdin.write(b"".join(json.dumps(command).encode() + b"\n" for command in commands))
    process.stdin.flush()
    time.sleep(1)
    answers, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert len(read_samples(tmp_path / "run")) > 10
    errors = [line for line in answers.splitlines() if b'"error": "SamplerError"' in line]
    assert len(errors) >= 300


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
