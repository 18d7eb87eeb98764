"""The benchmark of the collector runs and says what it must; what it measures is no matter of tests."""

from __future__ import annotations

import importlib.util
import math
import os
import re
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from nvml_stub import build, compiler

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"

#: Rows of a table of monitors, and what brings each (None: this package).
ROWS = {
    "ours": None,
    "zeus ZeusMonitor": "zeus",
    "zeus PowerMonitor": "zeus",
    "zeus PowerMonitor, 50 ms": "zeus",
    "nvitop collector": "nvitop",
    "nvitop collector, kept on": "nvitop",
    "codecarbon task": "codecarbon",
}

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C compiler: cc, gcc or clang builds the simulated GPU")

#: Tells processes that this run of the tests has started.
MARK = uuid.uuid4().hex


@pytest.fixture(scope="module")
def lines():
    """What the benchmark prints when it is in a hurry."""
    words = [sys.executable, str(BENCHMARKS / "collector.py"), "--quick"]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=300, check=False, env=os.environ | {"BENCHMARK_RUN": MARK}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def table(lines, head):
    """The lines from a heading to the next empty one."""
    first = next(place for place, line in enumerate(lines) if line.startswith(head))
    return lines[first + 1 : lines.index("", first)]


def figures(row, name):
    """Numbers of a row; those that there must be are finite."""
    found = [float(number) for number in re.findall(r"[-+]?\d+(?:\.\d+)?|nan|inf", row.removeprefix(name))]
    assert all(map(math.isfinite, found)), row
    return found


def test_it_says_that_the_gpu_is_simulated_and_what_is_true(lines):
    """Nobody takes its figures for those of a real GPU, and errors are errors against something."""
    assert lines[0].startswith("SIMULATED GPU")
    assert re.search(r"\d+ cores, .*trace-simulator \d", lines[1])
    assert re.match(r"truth: 2 epochs, each of [\d.]+ to [\d.]+ J, together [\d.]+ J", lines[4])


def test_no_monitor_goes_on_after_the_end(lines):
    """Some start processes that poll for ever."""
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            left += [process] if process.environ().get("BENCHMARK_RUN") == MARK else []
    assert left == []


def test_every_monitor_has_a_row_of_errors(lines):
    """Each is measured, or said to be missing; none is left out, and no error is not a number."""
    rows = table(lines, "energy of an epoch")
    for row, (name, package) in zip(rows, ROWS.items(), strict=False):
        assert row.startswith(f"{name} ")
        if package is None or importlib.util.find_spec(package):
            assert len(figures(row, name)) == 5, row
        else:
            assert "not installed: pip install" in row
    assert len(rows) == len(ROWS) + 1, "and a line that says what the ratio is"


def test_every_monitor_has_rows_of_how_it_samples(lines):
    """With one GPU and with eight, and ours with a faster counter."""
    rows = table(lines, "sampling")[1:]
    names = [*ROWS, "ours, 20 ms counter", *ROWS]
    assert [row[:30].strip() for row in rows[: len(names)]] == names
    ours = figures(rows[0], "ours")
    assert ours[0] == 1
    assert len(ours) == 8, "GPUs, period, rate, four of lateness, processor"


def test_every_method_has_errors_of_edges(lines):
    """Three methods at three lengths, with steady power outside of the windows and without."""
    rows = [row for row in table(lines, "one window, ") if row.startswith("  ")]
    assert len(rows) == 6
    for row in rows:
        assert len(figures(row[34:], "")) == 9, row


@pytest.fixture
def monitors(monkeypatch):
    """The modules of the benchmark."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import monitors.edges
    import monitors.load
    import monitors.trial

    return monitors


def test_the_same_seed_is_the_same_load(monitors):
    """Every monitor measures the same epochs, with a gap between two."""
    load = monitors.load.Load.draw(3, epochs=4, epoch_s=2)
    assert load == monitors.load.Load.draw(3, epochs=4, epoch_s=2) != monitors.load.Load.draw(4, epochs=4, epoch_s=2)
    edges = [edge for epoch in load.edges_ns(0) for edge in epoch]
    assert edges == sorted(edges)
    assert all(later - end >= 4e8 for end, later in zip(edges[1::2], edges[2::2], strict=False))


def test_a_monitor_that_fails_is_told_as_such(monitors, tmp_path, monkeypatch):
    """Its last words instead of a figure."""
    monkeypatch.setitem(monitors.trial.MONITORS, "ours", ("monitors.ours", "Ours", "no_such_package"))
    assert not monitors.trial.installed("ours")
    load = monitors.load.Load.draw(0, epochs=1, epoch_s=0.5)
    with pytest.raises(monitors.trial.MonitorFailed, match="KeyError"):
        monitors.trial.run("no such monitor", load, build(tmp_path))


def test_a_monitor_may_not_reach_the_network(monitors, tmp_path):
    """Proxies lead nowhere, and the machine's own GPUs are hidden from it."""

    class Simulated:
        def environment(self):
            return {"NVML_STUB_STATE": "here"}

    variables = monitors.trial.environment(Simulated(), tmp_path)
    assert variables["https_proxy"] == variables["HTTP_PROXY"] == "http://127.0.0.1:9"
    assert "CUDA_VISIBLE_DEVICES" not in variables
    assert subprocess.run(["nvidia-smi"], env=variables, capture_output=True, check=True).stdout
