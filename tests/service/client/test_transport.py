"""Requests to servers that are slow, lie, refuse, are away and come back."""

from __future__ import annotations

import builtins
import os
import socket
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import (
    ExtraMissingError,
    JobConflictError,
    RefusedError,
    SettingsError,
    UnknownJobError,
    UnreachableError,
)
from simulator.service.client.client import Client
from simulator.service.client.refusals import refusal
from simulator.service.client.transport import Transport


def transport(server, **knobs):
    """A transport that waits a hundredth as long between tries."""
    made = Transport(server if isinstance(server, str) else server.url, **({"deadline_s": 5} | knobs))
    made.first_wait_s = 0.005
    return made


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_not_now_is_tried_again(scripted, say, status):
    """As is a connection that is closed without an answer; with the same key, so that nothing is done twice."""
    server = scripted(say(status), b"", say(200, {"ok": 1}))
    assert transport(server).request("POST", "/v1/jobs", {"a": 1}, key="k1") == {"ok": 1}
    assert len(server.asked) == 3
    assert all("idempotency-key: k1" in asked.lower() for asked in server.asked)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 405, 409, 413, 422, 500])
def test_other_refusals_are_raised_at_once(scripted, say, status):
    """Asking again would not help; status and problem are kept."""
    server = scripted(say(status, {"detail": "no", "more": [1]}))
    with pytest.raises(RefusedError, match="no") as caught:
        transport(server).request("GET", "/v1/jobs")
    assert len(server.asked) == 1
    assert (caught.value.status, caught.value.problem) == (status, {"detail": "no", "more": [1]})


def test_what_the_server_asks_for_is_waited(scripted, say):
    """Retry-After is at least how long."""
    server = scripted(say(503, None, "Retry-After: 1"), say(200, 1))
    began = time.monotonic()
    assert transport(server).request("GET", "/") == 1
    assert time.monotonic() - began >= 1


def test_a_wait_beyond_the_deadline_is_not_waited(scripted, say):
    """Nothing would come of it."""
    server = scripted(say(429, None, "Retry-After: 3600"))
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="asks to wait 3600 s"):
        transport(server).request("GET", "/")
    assert time.monotonic() - began < 4


def test_nobody_listens():
    """The error says where, and what to look at; a deadline of 0 makes one try."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UnreachableError, match=rf"127.0.0.1:{port}/v1/jobs.* 1 tries .*simulator serve") as caught:
        transport(f"http://127.0.0.1:{port}", deadline_s=0).request("GET", "/v1/jobs")
    assert isinstance(caught.value, ConnectionError)


def test_a_server_that_comes_back_is_found(scripted, say):
    """A restart takes less than the deadline."""
    server = scripted(say(200, "here"))
    port = server.port
    server.close()
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            again = socket.create_server(("127.0.0.1", port))
            server._socket = again
            import threading

            threading.Thread(target=server._serve, daemon=True).start()

    assert transport(server.url).request("GET", "/", sleep=sleep) == "here"
    assert len(waits) >= 3


def test_a_server_that_says_nothing_is_given_up(scripted):
    """After the time-out of each try, and the deadline of all."""
    server = scripted(lambda _: time.sleep(3))
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="ReadTimeout"):
        transport(server, timeout_s=0.2, deadline_s=0.8).request("GET", "/")
    assert time.monotonic() - began < 2.5
    assert len(server.asked) >= 2


def test_a_server_that_drips_is_given_up(scripted):
    """Each byte comes in time, the answer never does."""

    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.05)

    with pytest.raises(UnreachableError, match="did not end within"):
        transport(scripted(drip), timeout_s=1, deadline_s=0.6).request("GET", "/")


@pytest.mark.parametrize(
    "body",
    [b"<html>log in</html>", b"\xff\xfe", b"{", b"[" * 100_000, b"NaN,", b'"\\ud800'],
    ids=["html", "bytes", "half", "deep", "nan", "surrogate"],
)
def test_what_is_not_json_is_not_believed(scripted, say, body):
    """A proxy speaks, or somebody else's server."""
    with pytest.raises(UnreachableError, match=r"not JSON.*simulator serve"):
        transport(scripted(say(200, body))).request("GET", "/")


@pytest.mark.parametrize(
    "raw",
    [b"\x00\x01garbage\r\n\r\n", b"HTTP/1.1 200 X\r\nContent-Length: 90\r\n\r\n{}", b"HTTP/9.9 banana\r\n\r\n"],
    ids=["garbage", "short", "version"],
)
def test_what_is_not_http_is_tried_again(scripted, say, raw):
    """A connection that breaks looks the same."""
    assert transport(scripted(raw, say(200, 5))).request("GET", "/") == 5


@pytest.mark.parametrize("answer", [None, 3, [], {}, {"job_id": 3}, {"job_id": None}, "yes"])
def test_wrong_types_reach_nobody(scripted, say, answer, job):
    """An answer of another shape is an error with an address in it, not a KeyError somewhere."""
    with pytest.raises(UnreachableError, match="does not understand"):
        Client(scripted(say(200, answer)).url).register(**job)


def test_pages_that_never_end_are_left(scripted, say):
    """A server that repeats its cursor is not followed for ever."""
    server = scripted(say(200, {"items": [{"job_id": "a"}], "next": "c"}))
    assert len(list(Client(server.url).list_jobs())) == 2


def test_problems_become_the_errors_that_they_name(scripted, say):
    """And all of them are RefusedError."""
    problem = {"type": "urn:simulator:problem:job-conflict", "detail": "beta differs", "status": 409}
    with pytest.raises(JobConflictError, match="beta differs") as caught:
        transport(scripted(say(409, problem))).request("POST", "/v1/jobs", {})
    assert isinstance(caught.value, RefusedError)
    assert caught.value.problem["type"] == problem["type"]
    with pytest.raises(UnknownJobError):
        transport(scripted(say(404, {"type": "https://example.org/problems/unknown-job"}))).request("GET", "/v1/x")


def test_an_address_of_something_else_is_questioned(scripted, say):
    """Nothing is found below it; a job that is not found is another matter."""
    with pytest.raises(RefusedError, match="is this the address of `simulator serve`"):
        transport(scripted(say(404, {"detail": "Not Found"}))).request("GET", "/x/v1/jobs")
    with pytest.raises(UnknownJobError) as caught:
        transport(scripted(say(404, {"type": "urn:simulator:problem:unknown-job"}))).request("GET", "/v1/jobs/x")
    assert "address" not in str(caught.value)


@given(status=st.integers(300, 599), body=st.binary(max_size=200))
def test_any_refusal_becomes_an_error(status, body):
    """Whatever its body."""
    error = refusal("GET /", status, body)
    assert error.status == status
    assert "GET /" in str(error)


def test_the_token_is_sent_and_never_shown(scripted, say):
    """Neither by an error, nor by what prints a client."""
    server = scripted(say(401, {"detail": "who are you?"}))
    client = Client(server.url, token=" secret\n")  # noqa: S106  made up
    with pytest.raises(RefusedError, match="SIMULATOR_SERVICE_TOKEN") as caught:
        client.get_job("a")
    assert "authorization: bearer secret" in server.asked[0].lower()
    assert "secret" not in f"{caught.value}{caught.value.problem}{client!r}{client.transport!r}"


@pytest.mark.parametrize("url", ["", " ", "localhost:8000", "ftp://a", "http://", "http://a?b=1", "http://a#b", 8000])
def test_addresses_that_cannot_be(url):
    """Each is refused when the client is made."""
    with pytest.raises(SettingsError, match=r"http://host:8000|SIMULATOR_SERVICE_URL"):
        Client(url)


def test_a_token_that_cannot_be():
    """Such as a file of another kind."""
    with pytest.raises(SettingsError, match="another file"):
        Client("http://a", token="a\nb")  # noqa: S106  made up


def test_the_environment_says_where(scripted, say, monkeypatch):
    """Address and token."""
    server = scripted(say(200, {"job_id": "a"}))
    monkeypatch.setenv("SIMULATOR_SERVICE_URL", server.url + "/")
    monkeypatch.setenv("SIMULATOR_SERVICE_TOKEN", "from-outside")
    assert Client().get_job("a") == {"job_id": "a"}
    assert "bearer from-outside" in server.asked[0].lower()
    assert server.asked[0].startswith("GET /v1/jobs/a ")


def test_httpx_is_missing(monkeypatch):
    """The error names the extra."""
    monkeypatch.delitem(sys.modules, "httpx")
    real = builtins.__import__

    def missing(name, *rest):
        if name == "httpx":
            raise ModuleNotFoundError("No module named 'httpx'", name="httpx")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ExtraMissingError, match=r"trace-simulator\[service\]"):
        Client("http://a").get_job("b")


def test_importing_the_client_is_light():
    """The standard library does until a request is made."""
    heavy = ["httpx", "pydantic", "numpy", "pandas", "fastapi", "sqlalchemy", "pynvml", "torch"]
    code = (
        "import sys; from simulator.service.client import Client, EnergyMeter, TrainingRun; Client('http://a');"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_uses_connections_of_its_own(scripted, say):
    """Two processes on one connection would read each other's answers."""
    keeps = say(200, {"n": 1}).replace(b"Connection: close", b"Connection: keep-alive")

    def stays(connection):
        connection.sendall(keeps)
        time.sleep(1)

    server = scripted(stays)
    carrier = transport(server)
    carrier.keep()
    carrier.request("GET", "/parent")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if carrier.request("GET", "/child") == {"n": 1} else 1
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [asked.split()[1] for asked in server.asked] == ["/parent", "/child"]  # each on a connection of its own
    carrier.close()
