"""``simulator collect example``: a plan to begin with, which runs as it stands."""

from __future__ import annotations

import os
import subprocess
import sys

from click.testing import CliRunner

from simulator.cli import main
from simulator.collect import Plan


def _run(*words):
    return CliRunner().invoke(main, ["collect", *map(str, words)])


def test_the_example_is_a_plan(tmp_path, monkeypatch):
    """It is written where the user is, and the next command understands it."""
    monkeypatch.chdir(tmp_path)
    done = _run("example")
    assert done.exit_code == 0, done.output
    assert Plan.from_toml(tmp_path / "digits.toml").grid.batch_sizes == (8, 16, 32, 64, 128, 256, 512, 1024)
    assert "simulator collect digits.toml --dry-run" in done.output
    assert _run("digits.toml", "--dry-run", "--no-gpu").exit_code == 0


def test_nothing_is_overwritten(tmp_path):
    """A plan that was edited stays."""
    mine = tmp_path / "mine.toml"
    mine.write_text("mine")
    done = _run("example", mine)
    assert done.exit_code == 2
    assert "exists already" in done.output
    assert mine.read_text() == "mine"


def test_it_trains_in_the_python_that_collects(tmp_path):
    """Whatever ``python`` is on the path, ``{python}`` has the package."""
    plan = tmp_path / "digits.toml"
    assert _run("example", plan).exit_code == 0
    lines = plan.read_text().replace("[8, 16, 32, 64, 128, 256, 512, 1024]", "[64]").replace("[1, 2, 3]", "[1]")
    plan.write_text(lines.replace("min_window_s = 5", "min_window_s = 0.1"))
    words = ["collect", plan, "--no-gpu", "--out", tmp_path / "out"]
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *words],
        env={**os.environ, "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "trace" / "train.csv").read_text().count("digits,mlp,64,adam") == 3, "a row a target"
