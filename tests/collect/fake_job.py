"""A training script for tests: it loads a simulated GPU in real time, reports as real scripts do, and can misbehave.

``python fake_job.py BATCH_SIZE SEED [--epoch S] [--do WHAT ...]``, where WHAT is ``MANNER``, or ``MANNER@BATCH_SIZE``.
Accuracy depends on batch size, seed and epoch alone. Power and speed follow the simulated GPU and its limit.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from simulator.collect import events

#: Power that a batch size would draw without a limit [W]; while it validates, it draws less.
EVAL_SHARE = 0.6


def demand_w(batch_size):
    """Larger batches keep more of the GPU busy."""
    return 210.0 + 3.0 * batch_size


def accuracy(batch_size, seed, epoch):
    """What a run reports: larger batches need more epochs, and each seed is a bit different."""
    return round(1 - 0.7 ** (epoch * (16 / batch_size) ** 0.5) + 0.001 * seed, 6)


class Gpu:
    """The simulated GPU, or none."""

    def __init__(self):
        state = os.environ.get("NVML_STUB_STATE")
        self.gpu = None
        if state and os.environ.get("CUDA_VISIBLE_DEVICES"):
            from nvml_stub import SimulatedGpus

            library = Path(os.environ["LD_LIBRARY_PATH"].split(":")[0]) / "libnvidia-ml.so.1"
            self.gpu = SimulatedGpus.join(state, library)
            self.gpu.set_pids([os.getpid()])

    def work(self, watts, seconds, each=None):
        """Load the GPU with what takes so long at full speed."""
        if self.gpu is not None:
            self.gpu.set_demand(watts)
        left, last = seconds, time.monotonic()
        while left > 0:
            time.sleep(min(0.02, left))
            now = time.monotonic()
            left -= (now - last) * (self.gpu.speed() if self.gpu is not None else 1.0)
            last = now
            if each is not None:
                each()

    def leave(self):
        """Idle again."""
        if self.gpu is not None:
            self.gpu.set_demand(60.0)
            self.gpu.set_pids([])


def misbehave(manner, epoch):
    """Do what scripts do on a bad day; each manner has its epoch."""
    if manner == "oom" and epoch == 1:
        sys.exit("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB")
    if manner == "crash" and epoch == 2:
        raise RuntimeError("the loss is NaN")
    if manner == "killed" and epoch == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    if manner == "stall" and epoch == 2:
        time.sleep(3600)
    if manner == "deaf" and epoch == 2:  # ignores what should end it, and has a child that does so, too
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(
            [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(3600)"]
        )
        time.sleep(3600)
    if manner == "short" and epoch == 2:
        sys.exit(0)


def train(gpu, options, manner):
    """Train, and report it."""
    for epoch in events.epochs(6):
        misbehave(manner, epoch)
        gpu.work(demand_w(options.batch_size), 0.8 * options.epoch, events.steps)
        events.train_end()
        events.eval_start()
        gpu.work(EVAL_SHARE * demand_w(options.batch_size), 0.2 * options.epoch)
        events.eval_end(accuracy=accuracy(options.batch_size, options.seed, epoch), loss=1.0 / epoch)


def train_in_silence(gpu, options, manner):
    """Train as a script that only prints."""
    for epoch in range(1, 1 + int(os.environ["SIMULATOR_MAX_EPOCHS"])):
        if manner == "prints":
            say(f"epoch {epoch} begins")
        gpu.work(demand_w(options.batch_size), options.epoch)
        if manner == "prints":
            say(f"epoch {epoch} done, accuracy = {accuracy(options.batch_size, options.seed, epoch)}")


def say(text):
    """Print a line, and leave it to Python when it is seen."""
    sys.stdout.write(f"{text}\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("batch_size", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--epoch", type=float, default=0.3)
    parser.add_argument("--do", nargs="*", default=[])
    options = parser.parse_args()
    doing = dict(reversed((*what.split("@"), "")[:2]) for what in options.do)
    manner = doing.get(str(options.batch_size), doing.get("", ""))
    if manner == "environment":
        say(json.dumps({name: value for name, value in os.environ.items() if name.startswith(("SIMULATOR", "CUDA"))}))
    gpu = Gpu()
    try:
        if manner in ("prints", "silent"):
            train_in_silence(gpu, options, manner)
        else:
            train(gpu, options, manner)
    finally:
        gpu.leave()


if __name__ == "__main__":
    main()
