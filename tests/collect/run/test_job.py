"""A script as a group of processes: heard, ended with all that it started, and never left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from quick_collections import wait_for

from simulator.collect.run.job import JobProcess

#: Starts a child that ignores SIGTERM, says its number, and goes on for ever.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
words = "import time; print(1, flush=True); time.sleep(600)"  # what is ignored, a child ignores as well
child = subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def a_job(tmp_path, code, **more):
    """Launch a few lines of Python."""
    words = [sys.executable, "-c", code]
    return JobProcess(words, workdir=None, environment=os.environ, output=tmp_path / "output.log", **more)


def run_out(job):
    """Wait for its end."""
    wait_for(lambda: (job.hear(0.05), not job.running)[1], "the end of the job")
    job.end()


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("pass", 0),
        ("raise SystemExit(7)", 7),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("import os; os.kill(os.getpid(), 15)", -15),
        ("import os; os.abort()", -6),
    ],
)
def test_it_ends_as_the_script_does(tmp_path, code, exit_code):
    """By the same code, or the same signal."""
    with a_job(tmp_path, code) as job:
        run_out(job)
    assert job.exit_code == exit_code


def test_a_script_that_cannot_be_started_says_so(tmp_path):
    """As a shell does: code 127 and a word in its output."""
    with JobProcess(["no-such"], workdir=None, environment=os.environ, output=tmp_path / "output.log") as job:
        run_out(job)
    assert job.exit_code == 127
    assert job.tail.strip() == "no-such: No such file or directory"


def test_lines_are_heard_as_they_come_and_output_is_kept_as_it_is(tmp_path):
    """A carriage return ends a line for those who listen; the last line needs no end."""
    heard = []
    code = "import os; os.write(1, b'one\\ntwo\\rthree'); os.write(2, b'!\\n\\nfour')"
    with a_job(tmp_path, code, listen=lambda line, ns: heard.append((line, ns))) as job:
        run_out(job)
    assert (tmp_path / "output.log").read_bytes() == b"one\ntwo\rthree!\n\nfour"
    assert [line for line, _ in heard] == ["one", "two", "three!", "four"]
    assert all(job.launched_ns < ns < time.monotonic_ns() for _, ns in heard)


def test_what_ignores_sigterm_is_killed_with_its_children(tmp_path):
    """The whole group, after some grace."""
    with a_job(tmp_path, STUBBORN) as job:
        child = int(wait_for(lambda: (job.hear(0.05), job.tail.strip())[1], "the child"))
        assert {child, psutil.Process(child).ppid()} < job.pids()
        job.end(grace_s=0.2)
    assert job.exit_code == -signal.SIGKILL
    wait_for(lambda: not psutil.pid_exists(child), "the end of the child")


def test_children_that_outlive_the_script_are_killed(tmp_path):
    """Workers of a script that has crashed keep no GPU busy."""
    with a_job(tmp_path, STUBBORN.replace("time.sleep(600)\n", "")) as job:
        run_out(job)
    child = int(job.tail.strip())
    wait_for(lambda: not psutil.pid_exists(child), "the end of the child")


#: Starts a daemon in a session of its own, which holds the output open, and ends.
DAEMON = r"""
import subprocess, sys, time
words = "import time\nwhile True: {what}; time.sleep(0.02)"
child = subprocess.Popen([sys.executable, "-u", "-c", words], start_new_session=True)
print(child.pid, flush=True)
time.sleep({seconds})
"""


@pytest.mark.parametrize("what", ["print('alive')", "pass"])
def test_what_left_the_group_is_ended_as_well(tmp_path, what):
    """If it was seen: it would load the GPU in the next run's baseline."""
    with a_job(tmp_path, DAEMON.format(what=what, seconds=600)) as job:
        child = int(wait_for(lambda: (job.hear(0.05), job.tail.split())[1], "the daemon")[0])
        job.end(grace_s=1.0)
    wait_for(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie", "its end")


def test_output_that_never_ends_is_not_heard_for_ever(tmp_path):
    """A daemon that nobody saw may hold it open, and print."""
    with a_job(tmp_path, DAEMON.format(what="print('alive')", seconds=0)) as job:
        wait_for(lambda: not job.running, "the end of the script")
        begun = time.monotonic()
        job.end()
        assert time.monotonic() - begun < 10
    child = psutil.Process(int((tmp_path / "output.log").read_text().split()[0]))
    child.kill()


def test_another_process_that_got_the_number_is_left_alone(tmp_path):
    """It began at another time."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        with a_job(tmp_path, "pass") as job:
            job._seen[other.pid] = 1.0
            run_out(job)
        assert other.poll() is None
        other.kill()


def test_an_exception_leaves_nothing_running(tmp_path):
    """Whatever happens to who follows it."""
    job = a_job(tmp_path, "import time; time.sleep(600)")
    with pytest.raises(ZeroDivisionError), job:
        raise ZeroDivisionError
    assert job.exit_code == -signal.SIGTERM


def test_a_script_does_not_outlive_a_controller_that_is_killed(tmp_path):
    """Nor do its children."""
    patient = STUBBORN.replace("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n", "")
    code = (
        "import os, sys; from pathlib import Path\n"
        "from simulator.collect.run.job import JobProcess\n"
        f"job = JobProcess([sys.executable, '-c', {patient!r}], workdir=None, environment=os.environ,"
        f" output=Path({str(tmp_path / 'output.log')!r}))\n"
        "while True: job.hear(0.1)"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as controller:
        log = tmp_path / "output.log"
        child = int(wait_for(lambda: log.exists() and log.read_text().strip(), "the child"))
        script = psutil.Process(child).parent()
        controller.kill()
    wait_for(lambda: not psutil.pid_exists(child) and not script.is_running(), "the end of all")
