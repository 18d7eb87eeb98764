"""What Dask's workers and schedulers do to chunks when they die, and whose workers these are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path  # types of fields are looked up when a class is made

import psutil
import pytest
from executor_contract import Told, chunks_of, drive, tell
from executor_contract.cells import Dies, Double, Environment, Waits
from executor_contract.rules import gone, noted
from tiny_sweep import wait_for

from simulator.errors import ConfigError, ExecutorError, ExtraMissingError
from simulator.explore.chunk import Chunk
from simulator.explore.config.task import Task
from simulator.explore.executors import executor as executor_of
from simulator.explore.executors.dask import Dask

SCRIPT = """
import sys
from pathlib import Path
sys.path.append({tests!r})
from executor_contract import chunks_of, drive
from executor_contract.cells import Double, Waits
from simulator.explore.executors.dask import Dask

with Dask(workers=1) as executor:
    executor.start(Path({folder!r}))
    told = drive(executor, Path({folder!r}), chunks_of([Double(x=3)], 1))
    print("rows", told.rows(Double(x=3).seal()))
    if {hang}:
        drive(executor, Path({folder!r}), chunks_of([Waits(note=Path({folder!r}) / "note")], 1, "long"))
"""


class Until(Task):
    """A cell that waits for a file."""

    go: Path
    x: int = 0

    def execute(self):
        while not self.go.exists():
            time.sleep(0.05)
        return {"waited": self.x}


def dask(*words):
    """Start a program of Dask's."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def end(process):
    """Kill a process and its children."""
    doomed = [process, *psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []
    for each in doomed:
        each.kill()
    process.wait()


@pytest.fixture
def cluster(tmp_path):
    """A scheduler that somebody else started, and its worker; their settings are Dask's own."""
    file = tmp_path / "scheduler.json"
    scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address",
                     "127.0.0.1:0", "--scheduler-file", str(file))  # fmt: skip
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workers = [
        dask("worker", "--scheduler-file", str(file), "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard",
             "--local-directory", str(tmp_path / "scratch"))
        for _ in range(2)
    ]  # fmt: skip
    from distributed import Client

    with Client(scheduler_file=str(file), set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
        address = client.scheduler.address
    yield scheduler, address
    for process in [*workers, scheduler]:
        end(process)


def pid_of(told, key):
    """Return which process began a chunk."""
    return next(report.pid for report in told.of(key) if report.kind == "started")


def test_threads_of_a_worker_run_one_chunk_at_a_time(tmp_path):
    """They share a folder, an environment and generators of random numbers."""
    file = tmp_path / "scheduler.json"
    words = ["--host", "127.0.0.1", "--no-dashboard"]
    scheduler = dask("scheduler", *words, "--port", "0", "--dashboard-address", "127.0.0.1:0",
                     "--scheduler-file", str(file))  # fmt: skip
    wait_for(file.exists)
    worker = dask("worker", *words, "--scheduler-file", str(file), "--nthreads", "3",
                  "--local-directory", str(tmp_path / "scratch"))  # fmt: skip
    from distributed import Client

    try:
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(1, timeout=30)
            address = client.scheduler.address
        with Dask(address=address) as executor:
            executor.start(tmp_path / "sweep")
            assert executor.capacity == 2
            cells = [Waits(note=tmp_path / f"{x}", x=x, for_s=0.2) for x in range(6)]
            told = drive(executor, tmp_path / "sweep", chunks_of(cells, 1))
    finally:
        end(worker)
        end(scheduler)
    ran = sorted((outcome.started_s, outcome.started_s + outcome.time_s) for outcome in told.outcomes)
    assert len(ran) == 6
    assert all(ended_s <= began_s for (_, ended_s), (began_s, _) in pairwise(ran))


def test_a_killed_worker_loses_its_chunk_and_is_replaced(tmp_path):
    """What was written stays; how it died is said; others go on."""
    with Dask(workers=1) as executor:
        executor.start(tmp_path)
        torn = Chunk("torn", [Double(x=1).seal(), Until(go=tmp_path / "never").seal()], flush_s=0.1)
        executor.submit([torn])
        told = Told(tmp_path)
        tell(executor, told, lambda told: "shard" in told.kinds("torn"))
        os.kill(pid_of(told, "torn"), signal.SIGKILL)
        tell(executor, told, lambda told: told.over)
        assert told.lost["torn"].endswith("killed by signal 9")
        assert len(told.outcomes) == 1
        assert not drive(executor, tmp_path, chunks_of([Double(x=2)], 1)).lost


def test_a_killed_worker_loses_nothing_of_another_one(tmp_path):
    """What runs elsewhere goes on, and what was told is not taken back."""
    with Dask(workers=2) as executor:
        executor.start(tmp_path)
        stays, leaves = chunks_of([Until(go=tmp_path / f"go{x}", x=x) for x in range(2)], 1)
        executor.submit([stays, leaves])
        told = Told(tmp_path)
        tell(executor, told, lambda told: all("started" in told.kinds(each.key) for each in (stays, leaves)))
        (tmp_path / "go1").touch()
        tell(executor, told, lambda told: told.over == {leaves.key})
        drive(executor, tmp_path, chunks_of([Dies(note=tmp_path / "note", how="SIGKILL")], 1, "deadly"), told=told)
        (tmp_path / "go0").touch()
        tell(executor, told, lambda told: stays.key in told.over)
    assert list(told.lost) == ["deadly-0000"]
    assert len(told.outcomes) == 2


def test_dask_runs_nothing_again_by_itself(cluster, tmp_path):
    """A scheduler of others tries a task on several workers; the second one refuses to begin it."""
    _, address = cluster
    with Dask(address=address) as executor:
        executor.start(tmp_path)
        assert executor.capacity == 4
        executor.submit(chunks_of([Until(go=tmp_path / "go")], 1))
        told = Told(tmp_path)
        tell(executor, told, lambda told: told.reports)
        pid = pid_of(told, "chunk-0000")
        os.kill(pid, signal.SIGKILL)
        tell(executor, told, lambda told: told.over)
        assert f"(pid {pid}) died while it ran this" in told.lost["chunk-0000"]
        (tmp_path / "go").touch()
        assert not drive(executor, tmp_path, chunks_of([Double(x=2)], 1, "more")).lost


def test_a_lost_scheduler_is_said(cluster, tmp_path):
    """Nobody can tell what becomes of the chunks; stopping works all the same."""
    scheduler, address = cluster
    with Dask(address=address) as executor:
        executor.start(tmp_path)
        executor.submit(chunks_of([Until(go=tmp_path / "never")], 1))
        tell(executor, Told(tmp_path), lambda told: told.reports)
        scheduler.kill()
        with pytest.raises(ExecutorError, match="is lost"):
            tell(executor, Told(tmp_path), lambda told: told.over)


def test_where_no_scheduler_answers_it_is_said(tmp_path, monkeypatch):
    """With what would start one."""
    monkeypatch.setattr("simulator.explore.executors.dask.workers.CONNECT_S", 1)
    with Dask(address="tcp://127.0.0.1:9") as executor, pytest.raises(ExecutorError, match="`dask scheduler` starts"):
        executor.start(tmp_path)


def test_a_script_is_not_run_again_by_its_workers(tmp_path):
    """Nothing has to be guarded by ``if __name__ == "__main__"``."""
    words = SCRIPT.format(tests=str(Path(__file__).parents[3]), folder=str(tmp_path), hang=False)
    script = tmp_path / "script.py"
    script.write_text(words)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "rows [{'doubled': 6}]\n"), done.stderr
    assert done.stderr == ""


def test_workers_end_when_their_driver_is_killed(tmp_path):
    """Nobody works for the dead."""
    words = SCRIPT.format(tests=str(Path(__file__).parents[3]), folder=str(tmp_path), hang=True)
    environment = os.environ | {"TMPDIR": str(tmp_path)}  # the dead do not tidy up
    driver = subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.DEVNULL, env=environment)
    pids = noted(tmp_path / "note")
    driver.kill()
    driver.wait()
    assert not gone(pids, within_s=30)


def test_workers_are_processes_like_others(tmp_path):
    """One thread for each library; and a cell may have children."""
    cell = Environment().seal()
    with Dask(workers=1) as executor:
        executor.start(tmp_path)
        told = drive(executor, tmp_path, chunks_of([cell], 1))
    assert told.rows(cell)[0]["omp"] == os.environ.get("OMP_NUM_THREADS", "1")


def test_stopping_leaves_no_process_and_no_scratch(tmp_path):
    """Also of a cell that waits, and of its children."""
    before = set(psutil.Process().children(recursive=True))
    with Dask(workers=2) as executor:
        executor.start(tmp_path)
        executor.submit(chunks_of([Waits(note=tmp_path / "note", child=True)], 1))
        pids = noted(tmp_path / "note")
    assert not gone(pids, within_s=5)
    assert set(psutil.Process().children(recursive=True)) <= before
    executor.stop()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"cluster": "pbs"}, "there is slurm"), ({"address": "tcp://x:1", "workers": 2}, "leave out")],
)
def test_settings_that_contradict_one_another_are_refused(settings, words):
    """Before anything is started."""
    with pytest.raises(ConfigError, match=words):
        Dask(**settings)


def test_without_the_extra_it_is_said(monkeypatch):
    """And which one it is."""
    for name in [name for name in sys.modules if name.startswith("simulator.explore.executors.dask")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExtraMissingError, match=r"trace-simulator\[dask\]"):
        executor_of("dask")


def test_without_dask_jobqueue_it_is_said(monkeypatch, tmp_path):
    """Only workers in jobs of Slurm need it."""
    monkeypatch.setitem(sys.modules, "dask_jobqueue.slurm", None)
    with Dask(cluster="slurm") as executor:
        executor.start(tmp_path)
        with pytest.raises(ExtraMissingError, match=r"dask-jobqueue.*trace-simulator\[dask\]"):
            executor.submit(chunks_of([Double(x=1)], 1))


def test_dask_jobqueue_does_not_take_ctrl_c_from_whoever_has_it():
    """Its import gives SIGINT another meaning; a driver that is interrupted must still end in order."""
    code = (
        "import signal\n"
        "from simulator.explore.executors.dask import slurm\n"
        "slurm._cluster_class()\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_workers_in_jobs_of_slurm(slurm_server, slurm, tmp_path):
    """They are jobs with the plan's settings; stopping ends them."""
    with Dask(workers=2, cluster="slurm", interface="lo") as executor:
        executor.start(tmp_path)
        chunks = chunks_of([Until(go=tmp_path / "go", x=x) for x in range(4)], 1, settings={"time_min": 7})
        executor.submit(chunks)
        told = Told(tmp_path)
        tell(executor, told, lambda told: len(told.reports) >= 2)
        jobs = slurm_server.ask("squeue", "-h", "-o", "%T %l").splitlines()
        assert jobs == ["RUNNING 7:00"] * 2
        (tmp_path / "go").touch()
        tell(executor, told, lambda told: len(told.over) == 4)
        assert not told.lost
    deadline = time.monotonic() + 20
    while slurm_server.ask("squeue", "-h"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_partition_that_is_not_there_is_said(slurm, tmp_path):
    """In Slurm's words."""
    with Dask(workers=1, cluster="slurm", interface="lo", settings={"partition": "nowhere"}) as executor:
        executor.start(tmp_path)
        with pytest.raises(ExecutorError, match="Invalid partition name"):
            executor.submit(chunks_of([Double(x=1)], 1))
