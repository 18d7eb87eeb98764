"""Servers that are really started, and what they said."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress

import httpx
import pytest


class Server:
    """A `simulator serve` that runs, or tried to."""

    def __init__(self, folder, *words, **environment):
        self.said = folder / f"said-{time.monotonic_ns()}"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "simulator", "serve", *map(str, words)],
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=os.environ | {"SIMULATOR_STATE_DIR": str(folder / "state")} | environment,
                start_new_session=True,
            )

    @property
    def text(self):
        return self.said.read_text()

    @property
    def url(self):
        return re.search(r"http://\S+", self.text)[0]

    def wait_until_up(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(httpx.HTTPError, TypeError):
                if httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200:
                    return self
            time.sleep(0.05)
        raise AssertionError(f"no server after {seconds} s: {self.text}")

    def end(self, number=signal.SIGTERM, seconds=40):
        self.process.send_signal(number)
        return self.process.wait(seconds)


@pytest.fixture
def serve(tmp_path):
    """Start servers with their data in a folder of their own; all are gone after the test."""
    servers = []

    def serve(*words, **environment):
        servers.append(Server(tmp_path, *words, **environment))
        return servers[-1]

    yield serve
    for server in servers:
        with suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(30)
