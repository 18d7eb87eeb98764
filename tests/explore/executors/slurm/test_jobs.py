"""What becomes of jobs: arrays, settings, requeues, deaths, refusals."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path  # noqa: TC003  # types of fields are looked up when a class is made

import psutil
import pytest
from executor_contract import Told, chunks_of, drive, tell
from executor_contract.cells import Dies, Double

from simulator.errors import ExecutorError, ExtraMissingError
from simulator.explore.chunk import Chunk
from simulator.explore.config.task import Task
from simulator.explore.executors import executor as executor_of
from simulator.explore.executors.away import Notes
from simulator.explore.executors.slurm import Slurm, commands


class Until(Task):
    """A cell that waits for a file."""

    go: Path
    x: int = 0

    def execute(self):
        while not self.go.exists():
            time.sleep(0.05)
        return {"waited": self.x}


class Leaves(Task):
    """A cell that ends its process as if all were well."""

    x: int = 0

    def execute(self):
        os._exit(0)


@pytest.fixture
def executor(slurm, tmp_path):
    with Slurm(grace_s=0.5) as made:
        made.start(tmp_path)
        yield made


def job_of(told, key):
    """Return the number of a chunk's job."""
    return next(report.who.removeprefix("job ") for report in told.of(key) if report.kind == "started")


def began(executor, told, *keys):
    """Wait until chunks have begun."""
    tell(executor, told, lambda told: all("started" in told.kinds(key) for key in keys))


def test_chunks_with_equal_settings_are_one_array(executor, tmp_path):
    """Two kinds of settings, two submissions; a chunk that is alone is a job."""
    plain = chunks_of([Double(x=x) for x in range(4)], 1, "plain")
    other = chunks_of([Double(x=9)], 1, "other", settings={"time_min": 7, "comment": "short"})
    executor.submit([plain[0], *other, *plain[1:]])
    told = drive(executor, tmp_path, [], told=Told(tmp_path))
    tell(executor, told, lambda told: len(told.over) == 5)
    assert not told.lost
    scripts = sorted(path.read_text() for path in (tmp_path / "logs" / "slurm").glob("*_submission.sh"))
    assert len(scripts) == 2
    assert "--array=0-3%4" in scripts[0]
    assert "--array" not in scripts[1]
    assert len({job_of(told, chunk.key).partition("_")[0] for chunk in plain}) == 1


def test_more_chunks_than_an_array_may_hold_are_several(executor, tmp_path, monkeypatch):
    """Slurm says how many it takes."""
    assert commands.largest_array() == 1001
    monkeypatch.setattr(commands, "largest_array", lambda: 2)
    told = drive(executor, tmp_path, chunks_of([Double(x=x) for x in range(5)], 1))
    arrays = [job_of(told, f"chunk-{i:04d}").partition("_")[0] for i in range(5)]
    assert arrays[0] == arrays[1] != arrays[2] == arrays[3] != arrays[4]


def test_settings_reach_the_job(executor, slurm_server, tmp_path):
    """Time, cores, and what the shell does before."""
    made = tmp_path / "made by the shell"
    settings = {"time_min": 7, "cpus_per_task": 2, "mem_gb": 1.5, "setup": [f"touch '{made}'"], "cells_per_job": 3}
    executor.submit(chunks_of([Until(go=tmp_path / "go")], 1, settings=settings))
    told = Told(tmp_path)
    began(executor, told, "chunk-0000")
    seen = slurm_server.ask("scontrol", "-o", "show", "job", job_of(told, "chunk-0000"))
    assert "TimeLimit=00:07:00" in seen
    assert "CPUs/Task=2" in seen
    assert "MinMemoryNode=1.50G" in seen
    assert made.exists()


@pytest.mark.parametrize("how", ["requeue", "time is up"])
def test_a_job_that_is_queued_again_goes_on_where_it_was(executor, slurm_server, tmp_path, how):
    """By an administrator, or by the signal that comes before a job's end; nothing runs twice."""
    go = tmp_path / "go"
    cells = [Double(x=1).seal(), Until(go=go).seal(), Double(x=2).seal()]
    executor.submit([Chunk("torn", cells, flush_s=0.1)])
    told = Told(tmp_path)
    tell(executor, told, lambda told: "shard" in told.kinds("torn"))
    job = job_of(told, "torn")
    before = Notes(tmp_path, "slurm").get("torn", "begun")
    words = ["scontrol", "requeue", job] if how == "requeue" else ["scancel", "--signal=USR2", job]
    slurm_server.ask(*words)
    deadline = time.monotonic() + 30
    while Notes(tmp_path, "slurm").get("torn", "begun")["pid"] == before["pid"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    go.touch()
    tell(executor, told, lambda told: told.over)
    assert not told.lost
    assert [outcome.id for outcome in told.outcomes] == [cell.id for cell in cells]
    assert all(outcome.done for outcome in told.outcomes)


def test_a_task_that_is_killed_is_lost_with_what_it_had(executor, tmp_path):
    """The signal is said; what was written before stays."""
    executor.submit([Chunk("mixed", [Double(x=1).seal(), Until(go=tmp_path / "never").seal()], flush_s=0.1)])
    told = Told(tmp_path)
    tell(executor, told, lambda told: "shard" in told.kinds("mixed"))
    (pid,) = [report.pid for report in told.of("mixed") if report.kind == "started"]
    os.kill(pid, signal.SIGKILL)
    tell(executor, told, lambda told: told.over)
    assert "killed by signal 9" in told.lost["mixed"]
    assert len(told.outcomes) == 1


def test_a_task_that_ends_without_a_result_is_lost(executor, tmp_path):
    """Slurm calls it completed; there is no end of the chunk, and so it is not."""
    told = drive(executor, tmp_path, chunks_of([Leaves()], 1))
    assert "ended without a result (exit code 0)" in told.lost["chunk-0000"]


def test_a_job_that_somebody_cancels_is_lost(executor, slurm_server, tmp_path):
    """It was not the driver, and that is said."""
    executor.submit(chunks_of([Until(go=tmp_path / "never")], 1))
    told = Told(tmp_path)
    began(executor, told, "chunk-0000")
    slurm_server.ask("scancel", job_of(told, "chunk-0000"))
    tell(executor, told, lambda told: told.over)
    assert "it was cancelled in Slurm (CANCELLED)" in told.lost["chunk-0000"]


def test_a_job_that_can_never_begin_is_lost(executor, slurm_server, tmp_path):
    """It waits for one that failed."""
    failed = slurm_server.ask("sbatch", "--parsable", "--output=/dev/null", "--wrap=exit 1").strip()
    told = drive(executor, tmp_path, chunks_of([Double(x=1)], 1, settings={"dependency": f"afterok:{failed}"}))
    assert "DependencyNeverSatisfied" in told.lost["chunk-0000"]


def test_what_slurm_refuses_is_said_in_its_words(executor, tmp_path):
    """There is no such partition; what is right runs all the same."""
    with pytest.raises(ExecutorError, match="Invalid partition name"):
        executor.submit(chunks_of([Double(x=1)], 1, settings={"partition": "nowhere"}))
    told = drive(executor, tmp_path, chunks_of([Double(x=1)], 1, "right"))
    assert not told.lost


def test_a_machine_of_no_cluster_is_said_to_be_one(monkeypatch, tmp_path):
    """Slurm's programs may be there, and no Slurm; they say so in four lines about DNS."""
    program = tmp_path / "squeue"
    program.write_text("#!/bin/sh\necho 'squeue: fatal: Could not establish a configuration source' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(ExecutorError, match=r"squeue finds no Slurm: .* SLURM_CONF"):
        commands.look(["1"])


def test_a_chunk_that_nobody_can_read_says_why(executor, tmp_path):
    """What goes wrong before the first cell is told at once."""
    chunks = chunks_of([Until(go=tmp_path / "go")], 1)
    executor.submit(chunks)
    (tmp_path / "logs" / "slurm" / "chunk-0000.chunk").write_bytes(b"torn")
    told = Told(tmp_path)
    tell(executor, told, lambda told: told.over)
    assert "UnpicklingError" in told.lost["chunk-0000"]


def test_a_chunk_leaves_only_its_results(executor, tmp_path):
    """Notes and logs of chunks that ended go; logs of lost ones stay."""
    dies = Dies(note=tmp_path / "note", how="exit")
    told = drive(executor, tmp_path, [*chunks_of([Double(x=1)], 1), *chunks_of([dies], 1, "deadly")])
    job = job_of(told, "deadly-0000")
    executor.stop()
    left = {path.name for path in (tmp_path / "logs" / "slurm").iterdir() if "submission" not in path.name}
    assert left <= {f"{job}_0_log.out", f"{job}_0_log.err"}
    assert left


def test_where_no_jobs_are_submitted_it_is_said(tmp_path, monkeypatch):
    """Neither Slurm's commands, nor the extra."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExecutorError, match="sbatch is not on this machine"):
        Slurm().start(tmp_path)
    for name in [name for name in sys.modules if name.startswith("simulator.explore.executors.slurm")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ExtraMissingError, match=r"trace-simulator\[slurm\]"):
        executor_of("slurm")


def test_no_process_outlives_its_job(executor, tmp_path):
    """Stopping cancels: soon nobody runs."""
    executor.submit(chunks_of([Until(go=tmp_path / "never")], 1))
    told = Told(tmp_path)
    began(executor, told, "chunk-0000")
    pid = told.of("chunk-0000")[0].pid
    executor.stop()
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
