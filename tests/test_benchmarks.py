"""The benchmark of speed runs, and its floor is the right number of draws; what it measures is no matter of tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small import JOB, make_traces

REPOSITORY = Path(__file__).resolve().parents[1]
BENCHMARKS = REPOSITORY / "benchmarks"


@pytest.fixture
def floor(monkeypatch):
    """The module that counts draws."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import speed.floor

    return speed.floor


def test_the_floor_counts_every_draw_of_a_replay(floor):
    """Of ten recurrences, each of which draws a path, four walk over two sizes; six draw an order and two normals."""
    traces = make_traces({8: [4.0, 5.0, 6.0], 16: [7.0, 8.0, 9.0]})
    per_run = floor.count_draws(JOB, traces, recurrences=10, seeds=range(5))
    assert per_run == {3: 1, 2: 6 * 2 / 10, floor.NORMAL: 6 * 2 / 10}


def test_counting_draws_leaves_no_trace(floor):
    """What is replaced to count is put back."""
    before = vars(floor.RandomStream)["permutation"], vars(floor.PublishedDraws)["path"]
    floor.count_draws(JOB, make_traces({16: [4.0, 5.0]}), recurrences=3, seeds=0)
    assert (vars(floor.RandomStream)["permutation"], vars(floor.PublishedDraws)["path"]) == before


def test_the_benchmark_prints_every_part(tmp_path):
    """With tiny numbers on the bundled traces: a row a job, the uses, and the aims, each met or missed."""
    tiny = ["--recurrences", "150", "--rounds", "1", "--runs", "600", "--quick", "--traces", str(REPOSITORY / "traces")]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "engine_speed.py"), *tiny],
        env={**os.environ, "SIMULATOR_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("synthetic traces")
    table = lines[lines.index(next(line for line in lines if line.startswith("us per run, 150"))) :]
    rows = table[2 : table.index("")]
    assert rows[-1].startswith("mean")
    assert len(rows) == 7, "six jobs and their mean"
    assert all(len(row[26:].split()) == 8 for row in rows)
    assert sum(line.startswith(("first use, ", "later uses, ", "nothing compiled, ")) for line in lines) == 3
    assert any("compiling" in line for line in lines), "a first use says what it waits for"
    at = next(place for place, line in enumerate(lines) if line.startswith("aim "))
    aims = lines[at + 1 : lines.index("", at)]
    assert len(aims) >= 4
    assert all(line.split()[-1] in ("met", "missed") for line in aims)
    assert lines[-1].startswith("load ")
