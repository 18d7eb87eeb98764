"""``simulator collect watch`` shows GPUs and a collection, for people and for programs."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from fabricated import a_plan, collect_into

from simulator.cli import main
from simulator.cli.collect.look import as_text
from simulator.collect.live import Course, GpuView, View

PROGRAM = [sys.executable, "-c", "from simulator.cli import main; main()"]


@pytest.fixture
def run(monkeypatch):
    """Run the command; all GPUs are visible."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return lambda *words: CliRunner().invoke(main, ["collect", "watch", *map(str, words)])


def a_gpu(**changes):
    """A view of a GPU that works."""
    usual = {"index": 0, "uuid": "GPU-1", "name": "H100", "lost": False, "code": 0, "power_instant_w": 312.0}
    usual |= {"power_average_w": 310.0, "average_source": "sensor", "requested_limit_w": 400.0}
    usual |= {"enforced_limit_w": 400.0, "sm_clock_mhz": 1980, "memory_clock_mhz": 2619, "reasons": ()}
    usual |= {"temperature_c": 61, "utilization_pct": 98, "memory_used_b": 2**33, "memory_total_b": 80 * 2**30}
    usual |= {"pstate": 0, "pids": (17,), "energy_j": 12_340.0, "energy_source": "counter"}
    return GpuView(**{**usual, "history_w": (0.0, 200.0, None, 400.0), **changes})


def text(*gpus, course=None):
    return as_text(View(time_s=40.0, wall_ns=0, gpus=gpus, course=course)).plain


def test_a_gpu_is_four_lines():
    """Who it is; power and limit; clocks, heat, load; energy and the last minute."""
    assert text(a_gpu()).splitlines() == [
        "GPU 0  H100  GPU-1",
        "  312 W now   310 W over 1 s   limit 400 W",
        "  SM 1980 MHz   memory 2619 MHz   61 °C   98 % busy   8.0 of 80.0 GiB   process 17",
        "  12.3\N{NO-BREAK SPACE}kJ in 40\N{NO-BREAK SPACE}s  ▁▅ █",
    ]


def test_reasons_limits_and_many_processes_are_said():
    """In words."""
    shown = text(a_gpu(reasons=("power_cap",), enforced_limit_w=300.0, pids=tuple(range(1, 9))))
    assert "limit 300 W (400 W requested)   power cap" in shown
    assert "processes 1, 2, 3, 4, 5 and 3 more" in shown
    assert "processes not told" in text(a_gpu(pids=None))


def test_what_is_lost_or_unreadable_is_said():
    """Without numbers that are old."""
    lost = text(a_gpu(lost=True, code=15, power_instant_w=None))
    assert "lost: it does not answer any more (NVML code 15)" in lost
    assert "312 W" not in lost
    assert "power cannot be read (NVML code 999)" in text(a_gpu(code=999, power_instant_w=None))


def test_a_collection_is_said_in_two_lines():
    """What is done, what is left, what is being done; and if nobody works on it."""
    course = Course(
        out="a100", running=True, runs=10, done=4, failed=1, skipped=0, run="power: batch size 8", key="k", epoch=2,
        most_epochs=6, rest_s=600.0,
    )  # fmt: skip
    lines = text(course=course).splitlines()
    assert lines[0] == "a100  4 of 10 runs done; 1 failed; at most 10\N{NO-BREAK SPACE}min left"
    assert lines[1] == "  power: batch size 8: epoch 2 of at most 6"
    from dataclasses import replace

    (line,) = text(course=replace(course, running=False, rest_s=None)).splitlines()
    assert line.endswith("time left not known yet; nobody works on it")


def test_programs_get_a_line_a_second(run, make_gpus):
    """With units in the names, for several GPUs."""
    gpus = make_gpus(gpus=2)
    gpus.set_demand(250)
    result = run("--seconds", 1, "--json")
    assert result.exit_code == 0, result.stderr
    first, second = map(json.loads, result.stdout.splitlines())
    assert second["time_s"] - first["time_s"] == pytest.approx(1, abs=0.5)
    assert [gpu["power_instant_w"] for gpu in second["gpus"]] == [250, 60]
    assert second["gpus"][0]["uuid"] == gpus.uuid(0)


def test_one_look_at_one_gpu(run, make_gpus):
    """By index, by UUID, or its beginning."""
    gpus = make_gpus(gpus=2)
    for word in ("1", gpus.uuid(1), gpus.uuid(1)[:12]):
        result = run("--once", "--gpu", word)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith(f"GPU 1  NVIDIA H100 80GB HBM3 (simulated)  {gpus.uuid(1)}\n  60 W now")


def test_a_collection_without_gpus_is_watched_without_nvml(run, tmp_path):
    """Its runs are counted all the same."""
    collect_into(tmp_path / "out", a_plan(power_limits_w=None), gpus=())
    result = run(tmp_path / "out", "--once")
    assert result.exit_code == 0, result.stderr
    assert "runs done" in result.stdout
    line = json.loads(run(tmp_path / "out", "--once", "--json").stdout)
    assert (line["gpus"], line["course"]["done"]) == ([], line["course"]["runs"])


def test_the_gpus_of_a_collection_are_watched(run, make_gpus, tmp_path):
    """Not all that are there."""
    from simulator.collect.result import Manifest, write_manifest

    gpus = make_gpus(gpus=3)
    plan = a_plan()
    mine = {"uuid": gpus.uuid(2), "name": "H100"}
    write_manifest(tmp_path, Manifest(plan=plan, runs=plan.runs([mine["uuid"]]), gpus=(mine,)))
    line = json.loads(run(tmp_path, "--once", "--json").stdout)
    assert [gpu["index"] for gpu in line["gpus"]] == [2]
    assert line["course"]["done"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--once", "--seconds", "3"], "name one of them"),
        (["--seconds", "0"], "--seconds"),
        (["nowhere"], "holds no collection"),
    ],
)
def test_what_makes_no_sense_is_refused(run, tmp_path, monkeypatch, words, said):
    """With exit code 2."""
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_without_nvml_it_ends_with_3(tmp_path):
    """And says what is missing."""
    (tmp_path / "libnvidia-ml.so.1").write_text("no library")
    for command in ("watch", "probe"):
        done = subprocess.run(
            [*PROGRAM, "collect", command, "--json"],
            env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 3, done.stderr
        assert done.stdout == ""
        assert "no libnvidia-ml.so.1 on this machine" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX")
def test_ctrl_c_on_a_terminal_is_a_quiet_end(make_gpus):
    """The last view stays, the cursor is back, and nothing complains."""
    gpus = make_gpus()
    ours, theirs = pty.openpty()
    environment = {**os.environ, **gpus.environment(), "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    environment.pop("CUDA_VISIBLE_DEVICES", None)
    process = subprocess.Popen(
        [*PROGRAM, "collect", "watch"], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment
    )
    os.close(theirs)
    seen, until = b"", time.monotonic() + 60
    while b"in 1\xc2\xa0s" not in seen and time.monotonic() < until:
        seen += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:
        pass  # the other end is closed
    _, stderr = process.communicate(timeout=60)
    os.close(ours)
    assert (process.returncode, stderr) == (0, b"")
    assert b"60 W now" in seen
    assert seen.rstrip().endswith(b"\x1b[?25h")
