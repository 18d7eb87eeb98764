"""The benchmark of the service runs and prints every part; what it measures is no matter of tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import postgres
import pytest

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "service_load.py"
DATABASES = ["sqlite"] if postgres.why_not() else ["sqlite", "postgresql"]


@pytest.mark.parametrize("protocol", ["legacy", "v1"])
def test_the_benchmark_prints_every_part(tmp_path, protocol):
    """Quickly: a line a load, ratios, growth, and the aims, each met or missed; the file has the same figures."""
    words = ["--quick", "--workers", "1,2", "--protocol", protocol, "--json", str(tmp_path / "figures.json")]
    done = subprocess.run(
        [
            sys.executable,
            str(BENCHMARK),
            *words,
            "--databases",
            ",".join(DATABASES if protocol == "v1" else ["sqlite"]),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    n_databases = len(DATABASES) if protocol == "v1" else 1
    lines = done.stdout.splitlines()
    assert "cores" in lines[0]
    loads = [line.split() for line in lines if line.startswith("ours ")]
    assert len(loads) == n_databases * 2 * 2
    assert any(line.startswith("published: not measured here") for line in lines)
    assert any(line.startswith("sqlite, 1 workers, 8 jobs") and line.endswith("another machine") for line in lines)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [line["n_errors"] for line in figures["loads"]] == [0] * len(loads)
    assert all(line["n"] > 0 and line["cpu_ms"] > 0 for line in figures["loads"])
    assert [line["n_trials"] for line in figures["growth"]] == [20, 200] * n_databases
    at = next(place for place, line in enumerate(lines) if line.startswith("aim "))
    aims = lines[at + 1 : lines.index("", at)]
    assert {line.rsplit("  ", 1)[1] for line in aims} <= {"met", "missed"}
    assert len(aims) == len(figures["aims"]) == 2
