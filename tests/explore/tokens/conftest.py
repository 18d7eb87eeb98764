"""Real processes that hold tokens."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from simulator.explore.tokens import Leases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOLDER = """
import sys
from simulator.explore.tokens import Leases, Token
lease = Leases(sys.argv[1]).acquire([Token(sys.argv[2], int(sys.argv[3])).dependency(int(sys.argv[4]))], what="test")
print("held" if lease else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def leases(tmp_path) -> Leases:
    """The tokens in use in an empty folder."""
    return Leases(tmp_path)


@pytest.fixture
def hold(tmp_path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a process that holds a token until its input ends."""
    started = []

    def start(name: str, capacity: int, n: int) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", HOLDER, tmp_path, name, capacity, n]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen([str(word) for word in words], **pipes))
        assert started[-1].stdout.readline() == "held\n"
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
