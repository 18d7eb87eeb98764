"""The Slurm that tests start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from slurm import Slurm, packages, why_not

TESTS = Path(__file__).parents[3]


def ours(conf):
    """List processes that were started with a configuration."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("SLURM_CONF") == conf:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_several_know_nothing_of_one_another_and_leave_nothing(slurm_server):
    """Own ports, sockets and folders; whoever is stopped ends its own jobs and processes alone."""
    with Slurm() as other:
        conf = other.environment["SLURM_CONF"]
        assert conf != slurm_server.environment["SLURM_CONF"]
        before = slurm_server.ask("squeue", "-h")
        other.ask("sbatch", "--output=/dev/null", "--wrap=sleep 1000")
        assert other.ask("squeue", "-h")
        assert slurm_server.ask("squeue", "-h") == before
        assert len(ours(conf)) >= 3
    assert not ours(conf)
    assert not Path(conf).parent.exists()
    assert "idle" in slurm_server.ask("sinfo", "-h", "-o", "%T")


def test_a_command_may_have_one_of_its_own(slurm_server):
    """For trying things out; the exit code is the command's."""
    words = [sys.executable, str(TESTS / "slurm"), "sh", "-c", "srun -n 2 echo here; exit 3"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, env=os.environ)
    assert (done.returncode, done.stdout) == (3, "here\nhere\n")


def test_where_it_cannot_be_it_says_why(monkeypatch):
    """To an ordinary user, and without the packages."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "root" in why_not()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages, "PATH", "/nowhere")
    if sys.platform != "linux":
        pytest.skip("elsewhere there is an earlier reason")
    assert "make slurm" in why_not()
