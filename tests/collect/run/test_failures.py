"""What goes wrong with scripts, GPUs and neighbours, and what becomes of the run."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace

import psutil
import pytest
from quick_collections import a_plan, wait_for

from simulator.collect.plan import Output
from simulator.collect.result import read_results
from simulator.errors import EventError, GpuLostError


def by_size(out):
    """Results by batch size and kind."""
    return {(result.spec.batch_size, result.spec.kind): result for result in read_results(out).values()}


def when(condition, action):
    """Do something in the background once something holds."""

    def wait():
        with suppress(AssertionError):  # the test itself says what then does not hold
            wait_for(condition, "the moment to act", timeout_s=30)
            action()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def launched(out, n=1):
    """Whether a number of runs has begun to train."""
    return lambda: sum(b"epoch_start" in file.read_bytes() for file in out.glob("runs/*/events.jsonl")) >= n


def test_scripts_that_misbehave_fail_alone(run_plan, gpu, tmp_path):
    """Each failure has its name and the script's last words, the others go on, and nothing is left running."""
    bad = ["oom@1", "crash@2", "killed@4", "stall@8", "deaf@16", "short@32"]
    plan = a_plan(
        do=bad, batch_sizes=(1, 2, 4, 8, 16, 32, 64), limits=None, target=0.2, stall_timeout_s=1.5, kill_after_s=0.5
    )
    finalized = run_plan(plan)
    made = by_size(tmp_path / "out")

    assert made[1, "epochs"].status == "infeasible"
    assert "out of memory" in made[1, "epochs"].reason
    assert (1, "power") not in made  # it did not fit: skipped
    assert made[2, "epochs"].status == "done"  # it reached its target before it crashed
    assert made[2, "power"].status == "failed"
    assert "the loss is NaN" in made[2, "power"].reason
    assert made[4, "power"].reason.startswith("exit: the script ended with signal SIGKILL")
    assert made[8, "power"].reason.startswith("stalled: nothing was reported")
    assert "measure.stall_timeout_s is 1.5" in made[8, "power"].reason
    assert "events.steps()" in made[8, "power"].reason
    assert made[16, "power"].reason.startswith("stalled")
    assert made[32, "power"].reason.startswith("too_short")
    assert made[64, "power"].status == "done"
    assert gpu.limit_w() == 350
    assert list(finalized.summary["batch_size"])
    assert not [process for process in psutil.process_iter() if _is_ours(process, tmp_path)]


def _is_ours(process, out):
    try:
        return str(out) in process.environ().get("SIMULATOR_EVENTS", "")
    except psutil.Error:
        return False


def test_a_script_that_says_nothing_is_told_what_to_add(run_plan):
    """No other run is tried: it would say nothing either."""
    with pytest.raises(EventError, match=r"events\.epochs"):
        run_plan(a_plan(do=["silent"], batch_sizes=(8,), epoch_s=0.05))


def test_a_target_about_a_metric_that_nobody_reports_ends_the_collection(run_plan, tmp_path):
    """After the first run, and not after all."""
    with pytest.raises(EventError, match=r"never reported 'acuracy'.*did you mean 'accuracy'"):
        run_plan(a_plan(metric="acuracy", epoch_s=0.02, limits=None))
    assert len(read_results(tmp_path / "out")) == 1


def test_window_train_needs_the_end_of_training(run_plan, tmp_path):
    """Said in the first power run, and as its reason."""
    patterns = {"epoch_start": r"epoch (?P<epoch>\d+) begins", "epoch_end": r"done, accuracy = (?P<accuracy>[\d.]+)"}
    plan = a_plan(do=["prints"], batch_sizes=(8,), limits=None, target=0.2, window="train", epoch_s=0.1)
    with pytest.raises(EventError, match="train_end"):
        run_plan(replace(plan, output=Output(patterns=patterns)))
    assert by_size(tmp_path / "out")[8, "power"].reason.startswith("no_train_end")


def test_a_script_that_ends_before_enough_was_measured_is_flagged(run_plan, tmp_path):
    """Its numbers rest on less than was asked for, and whoever reads them is told."""
    run_plan(a_plan(do=["short"], batch_sizes=(8,), limits=None, target=0.9, warm_up_epochs=0, epochs=3))
    made = by_size(tmp_path / "out")
    for kind, what in (("epochs", "1 of 6 epochs, without reaching accuracy"), ("power", "3 epochs and 0.5 s were to")):
        assert made[8, kind].status == "done"
        assert "cut_short" in made[8, kind].flags
        assert any(what in note for note in made[8, kind].notes), made[8, kind].notes


def test_a_command_that_does_not_exist_fails(run_plan, tmp_path):
    """With the words of the system."""
    plan = a_plan(batch_sizes=(8,), limits=None)
    plan.job.command[0] = "no-such-program"
    run_plan(plan)
    assert {result.status for result in read_results(tmp_path / "out").values()} == {"failed"}
    assert all("no-such-program" in result.reason for result in read_results(tmp_path / "out").values())


def test_a_gpu_that_is_lost_ends_the_collection(run_plan, gpu, tmp_path):
    """The run failed, its script is killed, no other run is made on that GPU."""
    actor = when(launched(tmp_path / "out"), lambda: gpu.fault("lost", until_ns=gpu.now_ns() + 2_500_000_000))
    with pytest.raises(GpuLostError, match="--resume"):
        run_plan(a_plan(epoch_s=5.0))
    actor.join()
    (result,) = read_results(tmp_path / "out").values()
    assert result.status == "failed"
    assert result.reason.startswith("gpu_lost")
    assert gpu.limit_w() == 350  # once it answers again


def test_a_limit_that_somebody_else_changes_is_set_again_and_the_run_repeated(run_plan, gpu, tmp_path):
    """The broken try is kept beside the good one."""
    actor = when(launched(tmp_path / "out", 2), lambda: gpu.fault("limit_changed", watts=150))
    run_plan(a_plan(batch_sizes=(8,), limits=(300,), target=0.2, min_window_s=2.5))
    actor.join()
    result = by_size(tmp_path / "out")[8, "power"]
    assert result.status == "done"
    assert result.enforced_mw == 300_000
    assert "limit_changed" not in result.window.flags
    assert list((tmp_path / "out" / "runs").glob("*.partial-1"))
    assert gpu.limit_w() == 350


def test_other_processes_are_flagged_or_refused(run_plan, gpu, tmp_path):
    """As the plan says; the collection goes on either way."""
    neighbour = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        gpu.fault("foreign_pids", pids=[neighbour.pid])
        run_plan(a_plan(batch_sizes=(8,), limits=None, target=0.2), tmp_path / "flag")
        run_plan(a_plan(batch_sizes=(8,), limits=None, target=0.2, foreign="refuse"), tmp_path / "refuse")
    finally:
        neighbour.kill()
        neighbour.wait()
    flagged, refused = (by_size(tmp_path / name)[8, "power"] for name in ("flag", "refuse"))
    assert flagged.status == "done"
    assert "foreign_process" in flagged.flags
    assert str(neighbour.pid) in refused.reason
    assert refused.reason.startswith("foreign_process")


def test_a_sampler_that_dies_is_started_again_once(run_plan, tmp_path):
    """In each run: a gap is recorded; the second death ends the run."""
    out = tmp_path / "out"

    killed = set()

    def kill(path):
        wait_for(lambda: list(out.glob(path)), path)
        sampler = wait_for(lambda: next((p for p in _samplers() if p.pid not in killed), None), "a living sampler")
        killed.add(sampler.pid)
        sampler.kill()

    def kill_thrice():
        kill("runs/*/samples.arrows")
        wait_for(launched(out, 2), "the second run")
        kill("runs/*/samples.arrows")
        (second,) = wait_for(lambda: [run for run in out.glob("runs/*") if not (run / "result.json").exists()], "it")
        kill(f"runs/{second.name}/samples.2.arrows")

    actor = when(launched(out), kill_thrice)
    run_plan(a_plan(batch_sizes=(8,), limits=None, target=0.7, epoch_s=1.0, min_window_s=30.0))
    actor.join()
    made = by_size(out)
    assert made[8, "epochs"].status == "done"
    assert any("started again" in note for note in made[8, "epochs"].notes)
    assert (out / "runs" / made[8, "epochs"].spec.key / "samples.2.arrows").exists()
    assert made[8, "power"].reason.startswith("sampler: the sampler was killed by signal 9")


def _samplers():
    found = []
    for process in psutil.Process(os.getpid()).children():
        with suppress(psutil.Error):
            found += [process] if "simulator.collect.sampling" in " ".join(process.cmdline()) else []
    return found
