"""A command that works for a cell hears of signals, and does not outlive whom it works for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from simulator.explore.tasks.child import run_child

#: Says that it runs, and takes its time to end when it is asked to.
PATIENT = """
import pathlib, signal, sys, time
def end(*_):
    time.sleep(0.3)
    pathlib.Path(sys.argv[1] + ".ended").touch()
    sys.exit(143)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1]).write_text(str(__import__("os").getpid()))
time.sleep(60)
"""

#: A worker that runs it.
WORKER = """
import pathlib, sys
from simulator.explore.tasks.child import run_child
run_child([sys.executable, "-c", sys.argv[1], sys.argv[2]], log=pathlib.Path(sys.argv[2] + ".log"), environment={})
"""


def wait_for(condition, what):
    """Wait until something holds."""
    until = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


@pytest.fixture
def worker(tmp_path):
    """A worker whose command runs, the process id of that, and the file in which it says that it ended in order."""
    file = tmp_path / "runs"
    with subprocess.Popen([sys.executable, "-c", WORKER, PATIENT, str(file)]) as process:
        wait_for(lambda: file.exists() and file.read_text(), "the command")
        yield process, int(file.read_text()), tmp_path / "runs.ended"
        process.kill()


def test_output_and_exit_code_are_those_of_the_command(tmp_path):
    """The log is added to; variables are handed on."""
    log = tmp_path / "log"
    log.write_text("before\n")
    words = [sys.executable, "-c", "import os, sys; print(os.environ['GREETING']); sys.exit(7)"]
    assert run_child(words, log=log, environment={"GREETING": "hello"}) == 7
    assert log.read_text() == "before\nhello\n"


def test_it_runs_beside_the_main_thread_too(tmp_path):
    """Where Python lets nobody handle signals."""
    codes = []
    words = [sys.executable, "-c", "raise SystemExit(5)"]
    thread = threading.Thread(target=lambda: codes.append(run_child(words, log=tmp_path / "log", environment={})))
    thread.start()
    thread.join(30)
    assert codes == [5]


def test_sigterm_goes_on_to_the_command_which_ends_first(worker):
    """It may have limits to restore; then the worker ends as the signal wants it."""
    process, _, ended = worker
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM
    assert ended.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_a_killed_worker_s_command_is_told(worker):
    """A worker that is killed can pass nothing on; the system does."""
    process, child, ended = worker
    process.kill()
    process.wait(30)
    wait_for(ended.exists, "the command's end")
    wait_for(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie", "its process to go")


def test_what_is_raised_while_waiting_ends_the_command(tmp_path):
    """Ctrl-C in a notebook: nothing goes on behind one's back."""
    file = tmp_path / "runs"

    def interrupt():
        wait_for(lambda: file.exists() and file.read_text(), "the command")
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_child([sys.executable, "-c", PATIENT, str(file)], log=tmp_path / "log", environment={})
    thread.join(30)
    assert (tmp_path / "runs.ended").exists()
