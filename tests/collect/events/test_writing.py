"""Lines of many writers, of killed ones and on a full disk: none is torn, and training goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from event_logs import BARE, kinds

from simulator.collect import events
from simulator.collect.protocol import events_of

APPEND = """
import sys
from simulator.collect import events
for i in range(int(sys.argv[1])):
    events.note("x" * (i % 3500), number=i)
"""


def test_processes_that_write_at_once_tear_no_line(log):
    """Eight processes, two thousand lines each, up to nearly the longest."""
    n = 2000
    writers = [
        subprocess.Popen([sys.executable, "-c", APPEND, str(n)], env=BARE | {"SIMULATOR_EVENTS": str(log)})
        for _ in range(8)
    ]
    assert [writer.wait(120) for writer in writers] == [0] * 8
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    for writer in writers:
        mine = [line["number"] for line in lines if line["pid"] == writer.pid and line["k"] == "note"]
        assert mine == list(range(n))
    assert len(lines) == 8 * (n + 1)


def test_threads_that_write_at_once_tear_no_line(log):
    """And one hello is enough for all of them."""
    threads = [threading.Thread(target=lambda: [events.note("y" * 2000) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log.read_bytes().splitlines()) == 8 * 200 + 1
    assert kinds(log).count("hello") == 1


def test_a_process_that_is_killed_leaves_a_readable_log(log):
    """At whatever moment, eight times; all lines but perhaps the last are whole."""
    for i in range(8):
        writer = subprocess.Popen([sys.executable, "-c", APPEND, "10000000"], env=BARE | {"SIMULATOR_EVENTS": str(log)})
        deadline = time.monotonic() + 60
        size = log.stat().st_size if log.exists() else 0
        while (not log.exists() or log.stat().st_size == size) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.003 * i)
        writer.send_signal(signal.SIGKILL)
        assert writer.wait(60) == -signal.SIGKILL
        *lines, _ = log.read_bytes().split(b"\n")
        assert lines
        assert all(json.loads(line)["v"] == 1 for line in lines)
        log.unlink()  # the next writer would go on in the middle of a torn line


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_says_that_it_is_another(log):
    """It does not wait for a lock that its parent held, and greets on its own."""
    events.note("parent")
    with events._process.lock:  # as if another thread were about to write
        child = os.fork()
        if child == 0:
            events.note("child")
            os._exit(0)
    deadline = time.monotonic() + 30
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            pytest.fail("the child waits for a lock that nobody will give back")
        time.sleep(0.01)
    said = [(event.pid, event.kind) for event in events_of(log)]
    assert said == [(os.getpid(), "hello"), (os.getpid(), "note"), (child, "hello"), (child, "note")]


def test_a_file_that_cannot_be_written_does_not_end_training(tmp_path, monkeypatch, caplog):
    """It is logged, once."""
    events._begin_anew()
    monkeypatch.setenv("SIMULATOR_EVENTS", str(tmp_path / "missing" / "events.jsonl"))
    assert list(events.epochs(2)) == [1, 2]
    assert len(caplog.records) == 1
    assert "training goes on" in caplog.text


def test_after_a_full_disk_the_next_line_stands_alone(log):
    """The limit on the size of a file stands in for the disk: what fits of a line does not spoil the next."""
    script = (
        "import resource, signal; from simulator.collect import events\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))\n"
        "for i in range(9): events.note('x' * 300)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "events.note('there is room again')\n"
    )
    subprocess.run([sys.executable, "-c", script], env=BARE | {"SIMULATOR_EVENTS": str(log)}, check=True)
    assert json.loads(log.read_bytes().splitlines()[-1])["text"] == "there is room again"
