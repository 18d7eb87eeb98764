"""A controller as a process of its own, so that it can be killed."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress

import psutil

#: Sets a limit, says so, and does what it is told.
CONTROLLER = """
import sys
from simulator.collect.limits import guarded
from simulator.collect.nvml import find_gpus, nvml

with nvml(), guarded(find_gpus(), command=eval(sys.argv[1])) as limiter:
    limiter.set(150_000, settle_s=0)
    print("set", flush=True)
    word = sys.stdin.readline().strip()
    if word == "raise":
        raise RuntimeError("as asked for")
    if word == "wait":
        sys.stdin.readline()
"""

#: The earlier limit of every test: neither the default nor the most.
EARLIER_W = 300.0


def eventually(holds, *, seconds=20.0):
    """Wait until something holds; whether it did."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def wait_until(holds, *, seconds=30.0):
    """Wait until something holds; a test fails where it never does."""
    assert eventually(holds, seconds=seconds), "it did not happen in time"


class Controller:
    """A controller that has set a limit, and its guardian."""

    def __init__(self, words, environment, **options):
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            **options,
        )

    def wait_until_set(self):
        assert self.process.stdout.readline() == "set\n", self.process.communicate(timeout=30)
        (self.guardian,) = psutil.Process(self.process.pid).children()
        return self

    def end(self, word=""):
        """Say a word; exit code and messages."""
        _, messages = self.process.communicate(f"{word}\n", timeout=60)
        return self.process.returncode, messages

    def guardian_is_gone(self):
        return not self.guardian.is_running() or self.guardian.status() == psutil.STATUS_ZOMBIE

    def clean_up(self):
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.process.pid).children():
                process.kill()
        self.process.kill()
        self.process.communicate()
