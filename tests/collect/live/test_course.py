"""How far a collection is: runs done, the epoch of the current one, and the time left."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace

import pytest
from fabricated import a_plan, collect_into

from simulator.collect.live import CourseReader, gpus_of, watch
from simulator.collect.result import run_directory
from simulator.collect.run.lock import held
from simulator.errors import CollectError


@pytest.fixture
def out(tmp_path):
    """A collection whose runs of batch size 8 are made."""
    collect_into(tmp_path / "out", a_plan(), change=lambda made: made if made.spec.batch_size == 8 else None)
    return tmp_path / "out"


def begin(out, spec, *lines):
    """Leave what a run leaves while it is made."""
    directory = run_directory(out, spec)
    directory.mkdir()
    (directory / "events.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def said(kind, at_s, **more):
    """One line of events."""
    return {"v": 1, "k": kind, "mono_ns": int(at_s * 1e9), "wall_ns": 0, "pid": 1, "rank": 0, **more}


def test_runs_epochs_and_time_left_are_counted(out):
    """Of a collection that is being made: what is done, what is being done, and how long the rest may take."""
    plan = a_plan()
    spec = next(spec for spec in plan.runs([*gpus_of(out)]) if spec.batch_size == 16)
    lines = [said("run_start", 1), said("epoch_start", 1, epoch=0), said("epoch_end", 3, epoch=0)]
    reader = CourseReader(out)
    assert reader.read().run is None
    begin(out, spec, *lines)
    with held(out):
        course = reader.read()
        assert (course.runs, course.done, course.failed, course.running) == (10, 5, 0, True)
        assert (course.run, course.key) == (str(spec), spec.key)
        assert (course.epoch, course.most_epochs) == (1, 6)
        assert course.rest_s > 0
        with (run_directory(out, spec) / "events.jsonl").open("a") as file:
            file.write(json.dumps(said("epoch_start", 3.5, epoch=1)) + "\n")
        assert reader.read().epoch == 2


def test_a_collection_that_nobody_works_on_is_said_to_be(out):
    """Also if its controller was killed, and another process has its number now."""
    assert not CourseReader(out).read().running
    with held(out):
        assert CourseReader(out).read().running
    (out / ".lock").write_text(f"{os.getpid()}\n")
    os.utime(out / ".lock", (1, 1))  # long before this process began
    assert not CourseReader(out).read().running


def test_failed_and_skipped_runs_are_counted(tmp_path):
    """A batch size that does not fit is skipped from then on, and costs no time."""

    def change(result):
        if result.spec.batch_size == 8:
            return replace(result, status="failed", reason="crashed")
        return replace(result, status="infeasible", reason="out of memory") if result.spec.kind == "epochs" else None

    collect_into(tmp_path, a_plan(), change=change)
    course = CourseReader(tmp_path).read()
    assert (course.done, course.failed, course.skipped, course.runs) == (0, 7, 3, 10)
    assert not course.rest_s


def test_new_results_are_seen(out):
    """A reader goes on with what is written after it began."""
    reader = CourseReader(out)
    before = reader.read()
    shutil.rmtree(out / "runs")
    collect_into(out, a_plan())
    after = reader.read()
    assert (before.done, after.done) == (5, 10)


def test_a_folder_without_a_collection_is_refused(tmp_path):
    """With what to name instead."""
    with pytest.raises(CollectError, match="holds no collection"):
        CourseReader(tmp_path)


def test_a_collection_without_gpus_can_be_watched(tmp_path):
    """No NVML is needed for that."""
    collect_into(tmp_path, a_plan(power_limits_w=None), gpus=())
    assert gpus_of(tmp_path) == ()
    (view,) = watch([], seconds=0, course=CourseReader(tmp_path))
    assert view.gpus == ()
    assert view.course.done == view.course.runs
