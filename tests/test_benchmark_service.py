"""The benchmark of the service runs and prints every part; what it measures is no matter of tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import postgres
import pytest

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "service_load.py"
OTHER = "sqlite" if postgres.why_not() else "postgresql"


@pytest.mark.parametrize(("protocol", "database", "workers"), [("legacy", "sqlite", 1), ("v1", OTHER, 2)])
def test_the_benchmark_prints_every_part(tmp_path, protocol, database, workers):
    """Quickly: a line a load, ratios, growth, and the aims, each met or missed; the file has the same figures."""
    words = ["--quick", "--workers", str(workers), "--protocol", protocol, "--databases", database]
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), *words, "--json", str(tmp_path / "figures.json")],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "cores" in lines[0]
    loads = [line.split() for line in lines if line.startswith("ours ")]
    assert len(loads) == 2
    assert any(line.startswith("published: not measured here") for line in lines)
    compared = [line for line in lines if line.startswith(f"{database}, {workers} workers, 8 jobs")]
    if workers == 1:  # as the published server was once measured
        assert any(line.endswith("another machine") for line in compared)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [line["n_errors"] for line in figures["loads"]] == [0] * len(loads)
    assert all(line["n"] > 0 and line["cpu_ms"] > 0 for line in figures["loads"])
    assert [line["n_trials"] for line in figures["growth"]] == [20, 200]
    at = next(place for place, line in enumerate(lines) if line.startswith("aim "))
    aims = lines[at + 1 : lines.index("", at)]
    assert {line.rsplit("  ", 1)[1] for line in aims} <= {"met", "missed"}
    assert len(aims) == len(figures["aims"]) == 2
