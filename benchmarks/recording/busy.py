"""Keeps a GPU busy with the example job while its sensors are looked at."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager

__all__ = ["WIDTH", "busy", "torch_sees_a_gpu"]

#: Neurons in each hidden layer: enough to load a large GPU.
WIDTH = 4096

#: Until the job computes at its usual pace [s].
WARM_UP_S = 15.0


def torch_sees_a_gpu():
    """Whether PyTorch is installed here and finds a GPU; without it the example job computes on the CPU."""
    code = "import torch, sys; sys.exit(not torch.cuda.is_available())"
    return not subprocess.run(  # noqa: S603 - this Python, our own words
        [sys.executable, "-c", code], capture_output=True, check=False
    ).returncode


@contextmanager
def busy(folder, *, real):
    """Run the example job, whose output goes into ``folder``, until the block ends."""
    words = [sys.executable, "-m", "simulator.collect.examples.digits", "--batch-size", "1024", "--epochs", "10000000"]
    words += ["--width", str(WIDTH), "--framework", "torch"] if real else []
    variables = os.environ | {"SIMULATOR_EVENTS": str(folder / "busy-events.jsonl"), "SIMULATOR_BATCH_SIZE": "1024"}
    with (folder / "busy.log").open("wb") as log:
        job = subprocess.Popen(words, env=variables, stdout=log, stderr=log)  # noqa: S603 - our own module
    try:
        time.sleep(WARM_UP_S if real else 3.0)
        if job.poll() is not None:
            last = (folder / "busy.log").read_text(errors="replace").strip().splitlines()[-1:]
            raise SystemExit(f"the job that keeps the GPU busy ended: {' '.join(last)}")
        yield
    finally:
        job.kill()
        job.wait()
