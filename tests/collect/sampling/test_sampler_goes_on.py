"""Trouble with disks, GPUs and readers is told, and ends no sampler."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time

import pytest
from controllers import wait_until

from simulator.collect.sampling import read_samples
from simulator.errors import CollectError


def test_a_directory_that_cannot_be_made_is_said(sampler, tmp_path):
    """And the sampler goes on."""
    (tmp_path / "file").touch()
    sampler.start()
    with pytest.raises(CollectError, match="cannot be made: Not a directory"):
        sampler.open(tmp_path / "file" / "run")
    sampler.open(tmp_path / "run")


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
