"""A sampler that dies or hangs is noticed, and none outlives its controller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from controllers import wait_until

from simulator.collect.sampling import Sampler, child, read_samples
from simulator.errors import SamplerError

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
