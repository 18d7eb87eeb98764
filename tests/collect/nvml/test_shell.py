"""A command in the simulated GPU's shell finds a GPU, and its training jobs load it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nvml_stub
import pytest

PACKAGE = Path(nvml_stub.__file__).parent

#: Waits until the GPU draws as a job of batch size 128 would, then until it draws as if idle.
STORY = """
import os, subprocess, sys, time
from nvml_stub import SimulatedGpus

gpus = SimulatedGpus.join()
job = {"SIMULATOR_EVENTS": "events.jsonl", "SIMULATOR_BATCH_SIZE": "128"}
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=os.environ | job)
def reached(watts):
    end = time.monotonic() + 30
    while abs(gpus.demand_w() - watts) > 0.01 and time.monotonic() < end:
        time.sleep(0.02)
    return abs(gpus.demand_w() - watts) <= 0.01
loaded = reached(60 + 0.75 * 200)
child.kill()
child.wait()
idle = reached(60)
sys.exit(40 + loaded + 2 * idle)
"""


@pytest.mark.usefixtures("stub_library")
def test_jobs_load_the_gpu_while_they_run_and_the_exit_code_is_the_commands():
    words = [sys.executable, PACKAGE, "shell", "--gpu-watts", "260", "--", sys.executable, "-c", STORY]
    env = {"PYTHONPATH": str(PACKAGE.parent), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 43, done.stderr


@pytest.mark.usefixtures("stub_library")
def test_build_says_where_the_library_is(tmp_path):
    words = [sys.executable, PACKAGE, "build", tmp_path]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert Path(done.stdout.strip()) == tmp_path / "libnvidia-ml.so.1"
    assert (tmp_path / "libnvidia-ml.so.1").exists()
