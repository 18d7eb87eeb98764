"""Ways to run the program: within the test, or as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from simulator.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

PROGRAM = [sys.executable, "-c", "from simulator.cli import main; main()"]


@pytest.fixture(autouse=True)
def _no_width_of_ours(monkeypatch) -> None:
    """Take away what whoever runs the tests says about their terminal: tests say it themselves."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Callable[..., Result]:
    """Run the program in an empty folder; what it prints, and its exit code."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def start(tmp_path) -> Callable[..., subprocess.Popen[str]]:
    """Start the program as a process in an empty folder."""

    def started(*words: object, **options: object) -> subprocess.Popen[str]:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": tmp_path}
        return subprocess.Popen([*PROGRAM, *map(str, words)], **{**streams, **options})

    return started
