"""Jobs go on without those who wait for them: without slurmctld, and without a driver."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from executor_contract import Told, chunks_of, drive, tell
from executor_contract.cells import Double
from slurm import Slurm as Server
from slurm import why_not

from simulator.errors import ExecutorError
from simulator.explore.config.task import Task
from simulator.explore.executors.slurm import Slurm
from simulator.explore.executors.slurm.commands import Seen, SilentError, is_silence
from simulator.explore.executors.slurm.outbox import Patience
from simulator.explore.executors.slurm.why import why_ended

DRIVER = """
import os, signal, sys
from pathlib import Path
sys.path.append({tests!r})
from executor_contract import chunks_of
from simulator.explore.config.task import Task
from simulator.explore.executors.slurm import Slurm

class Until(Task):
    go: Path
    x: int
    def execute(self):
        import time
        while not self.go.exists():
            time.sleep(0.05)
        return {{"waited": self.x}}

folder = Path({folder!r})
executor = Slurm()
executor.start(folder)
cells = [Until(go=folder / "go", x=x) for x in range(3)]
executor.submit(chunks_of(cells, 1, settings={{"array_parallelism": 1}}))
while not any(report.kind == "started" for report in executor.poll(1)):
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


class Until(Task):
    """A cell that waits for a file."""

    go: Path
    x: int = 0

    def execute(self):
        while not self.go.exists():
            time.sleep(0.05)
        return {"waited": self.x}


@pytest.fixture
def own_server(monkeypatch):
    """A Slurm that may be broken."""
    if reason := why_not():
        pytest.skip(reason)
    with Server() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def test_results_come_while_slurmctld_is_down_and_the_rest_when_it_is_back(own_server, tmp_path, caplog):
    """What runs ends and is told; what is submitted meanwhile waits, and so does what is to be cancelled."""
    told = Told(tmp_path)
    with Slurm(grace_s=0.5) as executor:
        executor.start(tmp_path)
        executor.submit(chunks_of([Until(go=tmp_path / "go"), Until(go=tmp_path / "never")], 1, "first"))
        tell(executor, told, lambda told: len(told.reports) == 2)
        own_server.stop_controller()
        (tmp_path / "go").touch()
        tell(executor, told, lambda told: told.kinds("first-0000")[-1] == "ended", timeout_s=8)
        executor.cancel(["first-0001"])
        executor.submit(chunks_of([Double(x=1)], 1, "second"))
        told.reports += executor.poll(0)
        assert told.over == {"first-0000"}
        assert "Slurm does not answer" in caplog.text
        own_server.start_controller()
        tell(executor, told, lambda told: len(told.over) == 3)
    assert told.lost == {"first-0001": "cancelled"}


def test_a_later_driver_takes_jobs_over(slurm, slurm_server, tmp_path):
    """One runs, one waits and goes on to run, one was cancelled meanwhile; the driver was killed."""
    script = DRIVER.format(folder=str(tmp_path), tests=str(Path(__file__).parents[3]))
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False, env=os.environ | slurm)
    assert done.returncode == -9
    with Slurm(grace_s=0.5) as executor:
        executor.start(tmp_path)
        array = (tmp_path / "logs" / "slurm" / "chunk-0002.job").read_text().split('"')[3].partition("_")[0]
        slurm_server.ask("scancel", f"{array}_2")
        assert executor.attach("chunk-0000", f"job {array}_0")
        assert executor.attach("chunk-0001", "")
        assert not executor.attach("chunk-0002", "")
        assert not executor.attach("another", "")
        assert not executor.attach("another", "job 999999")
        told = Told(tmp_path)
        (tmp_path / "go").touch()
        tell(executor, told, lambda told: len(told.over) == 2)
        assert not told.lost
        assert len(told.outcomes) == 2
        drive(executor, tmp_path, chunks_of([Double(x=1)], 1, "more"))


def test_patience_ends():
    """A Slurm that never answers is not waited for for ever; one that does in between is."""
    patience = Patience(0.0)
    patience.silent(SilentError("nobody"))
    patience.heard()
    patience.silent(SilentError("nobody"))
    time.sleep(0.01)
    with pytest.raises(ExecutorError, match="has not answered for 0 s: nobody"):
        patience.silent(SilentError("nobody"))


@pytest.mark.parametrize(
    ("words", "silence"),
    [
        ("slurm_load_jobs error: Unable to contact slurm controller (connect failure)", True),
        ("slurm_load_jobs error: Socket timed out on send/recv operation", True),
        ("sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying", True),
        ("sbatch: error: Batch job submission failed: Invalid partition name specified", False),
        ("slurm_load_jobs error: Invalid job id specified", False),
    ],
)
def test_silence_is_no_refusal(words, silence):
    """What is asked again, and what is not."""
    assert is_silence(words) is silence


@pytest.mark.parametrize("state", ["OUT_OF_MEMORY", "TIMEOUT", "CANCELLED", "NODE_FAIL", "PREEMPTED"])
def test_why_a_job_ended_is_said_with_the_end_of_its_log(tmp_path, state):
    """In one line: Slurm's word, what it means, what the log says last."""
    log = tmp_path / "12_3_0_log.err"
    assert state in why_ended("12_3", Seen(state, "None"), log)
    log.write_text("early\n" * 1000 + "slurmstepd: error: Detected 1 oom_kill event\n")
    why = why_ended("12_3", Seen(state, "None"), log)
    assert why.startswith("job 12_3: ")
    assert why.endswith("slurmstepd: error: Detected 1 oom_kill event")
    assert why.count("early") < 100
    assert "does not know it" in why_ended("12_3", None, tmp_path / "none")
