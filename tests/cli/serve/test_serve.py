"""A server begins with one word, says where it is, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import httpx
import psutil
import pytest

JOB = {"job_id": "a", "batch_sizes": [8, 16], "default_batch_size": 8, "max_power_w": 300, "gpu": "a40"}


def workers(server):
    """The processes that serve: those that multiprocessing started to run a function."""
    found = []
    for process in psutil.Process(server.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # one that has died meanwhile
            if "spawn_main" in " ".join(process.cmdline()):
                found.append(process)
    return found


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_server_keeps_what_it_was_told_over_a_restart(serve, tmp_path, number, code):
    """Data is in this user's folder, readable by nobody else; a signal ends the server cleanly."""
    server = serve("--port", "0").wait_until_up()
    assert httpx.post(f"{server.url}/v1/jobs", json=JOB).status_code == 201
    assert server.end(number) == code
    assert "Traceback" not in server.text
    folder = tmp_path / "state" / "service"
    assert f"data: sqlite:///{folder / 'jobs.db'}" in server.text
    assert folder.stat().st_mode & 0o077 == 0
    again = serve("--port", "0").wait_until_up()
    assert httpx.post(f"{again.url}/v1/jobs", json=JOB).status_code == 200
    assert again.end() == 0


def test_a_killed_worker_is_replaced_and_a_signal_ends_them_all(serve):
    """Requests are counted over all processes, whichever is asked, and whichever has died."""
    server = serve("--port", "0", "--workers", "2").wait_until_up()
    wait_for(lambda: len(workers(server)) == 2)
    assert httpx.post(f"{server.url}/v1/jobs", json=JOB).status_code == 201
    for _ in range(30):
        assert httpx.get(f"{server.url}/v1/jobs").status_code == 200
    victim = workers(server)[0]
    victim.kill()
    wait_for(lambda: victim.pid not in [one.pid for one in workers(server)] and len(workers(server)) == 2)
    server.wait_until_up()
    counts = httpx.get(f"{server.url}/metrics").text
    assert 'simulator_http_requests_total{method="GET",route="/v1/jobs",status="200"} 30.0' in counts
    assert 'simulator_jobs{stage="Pruning"} 1.0' in counts
    processes = workers(server)
    assert server.end() == 0
    wait_for(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes))
    assert "another takes its place" in server.text
    assert "Traceback" not in server.text


def test_workers_may_be_killed_for_ever(serve):
    """All of them, as soon as they serve, and those that take their places: the service goes on, and names each."""
    server = serve("--port", "0", "--workers", "3")
    killed = []
    while len(killed) < 10:
        server.wait_until_up()
        for victim in workers(server):
            victim.kill()
            killed.append(f"process {victim.pid} was ended by SIGKILL")
    server.wait_until_up()
    assert [line for line in killed if server.text.count(line) != 1] == []
    assert server.end() == 0


def test_workers_that_cannot_start_end_the_service(serve, tmp_path):
    """Tried again a few times, then there is an error, after what was in their way."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "uvicorn.py").write_text("raise ImportError('half of it is missing')")
    server = serve("--port", "0", "--workers", "2", PYTHONPATH=str(tmp_path / "broken"))
    assert server.process.wait(60) == 2
    assert "half of it is missing" in server.text
    assert 8 <= server.text.count("ended with code 1 before it served") < 12
    assert "one after another, ended before they served" in server.text.splitlines()[-1]


def test_workers_end_when_the_one_who_started_them_is_killed(serve):
    """Else they would hold the port, and nobody would know of them."""
    server = serve("--port", "0", "--workers", "2").wait_until_up()
    wait_for(lambda: len(workers(server)) == 2)
    processes = workers(server)
    server.end(signal.SIGKILL)
    psutil.wait_procs(processes, timeout=40)
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


def test_a_port_that_is_taken_is_said(serve):
    """And what to do."""
    first = serve("--port", "0").wait_until_up()
    port = first.url.rpartition(":")[2]
    second = serve("--port", port)
    assert second.process.wait(60) == 2
    assert f"--port {port} of 127.0.0.1 is taken" in second.text
    assert first.wait_until_up()


def test_other_machines_are_let_in_with_tokens_only(serve, tmp_path):
    """Without a file of tokens the server does not start; with one, the published paths ask for one, too."""
    refused = serve("--host", "0.0.0.0", "--port", "0")  # noqa: S104  # it is refused
    assert refused.process.wait(60) == 2
    assert "--token-file" in refused.text
    (tmp_path / "tokens").write_text("a-token-of-some-length\n")
    server = serve("--port", "0", "--token-file", tmp_path / "tokens", "--no-legacy").wait_until_up()
    assert httpx.get(f"{server.url}/v1/jobs").status_code == 401
    assert httpx.get(f"{server.url}/jobs/batch_size?job_id=a").status_code == 401
    known = {"Authorization": "Bearer a-token-of-some-length"}
    assert httpx.get(f"{server.url}/v1/jobs", headers=known).status_code == 200
    assert "a-token-of-some-length" not in server.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "file/below"), "give another folder with --data"),
        (("--database", "mysql://me:secret@db/jobs"), "postgresql://"),
        (("--database", "sqlite:///x.db", "--data", "y"), "leave out --data"),
        (("--host", "no.such.host.invalid", "--token-file", "tokens"), "cannot be found"),
        (("--lease", "0"), "--lease"),
        (("--token-file", "nowhere"), "there is no file nowhere; make one"),
        (("--token-file", "file"), "openssl rand"),
    ],
)
def test_what_is_in_the_way_is_said_in_one_message(serve, tmp_path, words, said):
    """Exit code 2, no traceback, no password."""
    (tmp_path / "file").write_text("")
    (tmp_path / "tokens").write_text("a-token-of-some-length")
    server = serve("--port", "0", *words)
    assert server.process.wait(60) == 2
    assert said in server.text
    assert "Traceback" not in server.text
    assert "secret" not in server.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(serve, tmp_path):
    """Before anything is served."""
    (tmp_path / "closed").mkdir(mode=0o500)
    server = serve("--port", "0", "--data", "closed")
    assert server.process.wait(60) == 2
    assert "closed" in server.text


def test_a_database_can_be_brought_up_to_date_by_hand(serve, tmp_path):
    """So that many servers may start afterwards."""
    for _ in range(2):
        done = serve("migrate", "--data", "here")
        assert done.process.wait(60) == 0
        assert "is up to date" in done.text
    assert (tmp_path / "here" / "jobs.db").exists()


def test_a_newer_database_is_left_alone(serve, tmp_path):
    """An older program would damage it."""
    import sqlite3

    assert serve("migrate", "--data", "here").process.wait(60) == 0
    with sqlite3.connect(tmp_path / "here" / "jobs.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    server = serve("--port", "0", "--data", "here")
    assert server.process.wait(60) == 2
    assert "newer version" in server.text
