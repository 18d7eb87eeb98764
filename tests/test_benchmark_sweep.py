"""The benchmark of sweeps runs and prints every part; what it measures is no matter of tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "sweep_overhead.py"


def test_the_benchmark_prints_every_part(tmp_path):
    """With few cells: a line a side and number of cells, what is about us alone, and the aims, each met or missed."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--quick", "--experimaestro", "0", "--workers", "2"],
        env={**os.environ, "SIMULATOR_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "cores" in lines[0]
    sides = [line.split() for line in lines if line.startswith(("ours ", "joblib "))]
    assert [words[-7] for words in sides] == ["600", "600"]
    assert [words[-4] for words in sides if words[0] == "ours"] == ["1.0x"]
    assert any(line.startswith("of 8 scalar fields: ") for line in lines)
    assert any(line.startswith("status of a ledger with 1,000 cells") for line in lines)
    assert any(line.startswith("killed with all its processes") for line in lines)
    at = next(place for place, line in enumerate(lines) if line.startswith("aim "))
    aims = lines[at + 1 : lines.index("", at)]
    assert len(aims) == 6
    assert all(line.split()[-1] in ("met", "missed") for line in aims)
