"""Servers for the client's tests: the real one, and one that says whatever bytes a test tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
from nvml_stub import build, compiler

#: A job as every training run of these tests names it.
JOB = {
    "job_id": "mnist",
    "batch_sizes": [16, 32, 64],
    "default_batch_size": 32,
    "max_power_w": 300,
    "gpu": "a40",
    "target_metric": 0.9,
    "max_epochs": 5,
    "seed": 7,
}


def said(status, body=None, *headers):
    """Bytes of an answer; a body that is no bytes becomes JSON."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class ScriptedServer:
    """Says one thing after another, each to one connection; the last one again and again.

    What is said is bytes, or a function of the socket. What was asked is kept in ``asked``.
    """

    def __init__(self, *script):
        self.script, self.asked = list(script), []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection, contextlib.suppress(OSError):
            request = read_request(connection)
            if not request:
                return
            self.asked.append(request)
            say = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            if callable(say):
                say(connection)
            else:
                connection.sendall(say)

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def read_request(connection):
    """Read a request with its body, as text."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return ""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return (head + b"\r\n\r\n" + body).decode()


@pytest.fixture
def scripted():
    """Make servers that say what they are told."""
    made = []

    def make(*script):
        made.append(ScriptedServer(*script))
        return made[-1]

    yield make
    for server in made:
        server.close()


class Bridge(httpx.BaseTransport):
    """Carries requests of a synchronous client to an ASGI application of this process, in a loop of its own."""

    def __init__(self, app):
        self.app = app
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.inner = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.lifespan = app.router.lifespan_context(app)
        self.wait(self.lifespan.__aenter__())

    def wait(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def handle_request(self, request):
        return self.wait(self._carry(request))

    async def _carry(self, request):
        content = request.read()
        carried = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        answer = await self.inner.handle_async_request(carried)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def stop(self):
        self.wait(self.lifespan.__aexit__(None, None, None))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Flaky(httpx.BaseTransport):
    """Carries requests as another transport does, except where a fault comes first.

    A fault is a function of the request and of what would carry it.
    """

    def __init__(self, inner):
        self.inner, self.faults, self.asked = inner, [], []

    def handle_request(self, request):
        self.asked.append((request.method, request.url.raw_path.decode()))
        fault = self.faults.pop(0) if self.faults else None
        return fault(request, self.inner) if fault else self.inner.handle_request(request)


def refuses_connection(request, _inner):
    """Nobody listens."""
    raise httpx.ConnectError("connection refused", request=request)


def loses_answer(request, inner):
    """The server does what it was asked, and the answer is lost."""
    inner.handle_request(request)
    raise httpx.ReadError("connection reset", request=request)


def restarts(_request, _inner):
    """A proxy speaks for a server that restarts."""
    return httpx.Response(503, headers={"Retry-After": "0"})


FAULTS = {"refuses": refuses_connection, "loses": loses_answer, "restarts": restarts}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    """No test takes its rank, or its service, from whoever runs it."""
    service = [f"SIMULATOR_SERVICE_{name}" for name in ("URL", "TOKEN", "TRIAL")]
    for name in ("RANK", "SLURM_PROCID", "LOCAL_RANK", "NODE_RANK", *service):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def open_app():
    """Open the real application on a database of its own."""
    pytest.importorskip("fastapi", reason="needs pip install 'trace-simulator[service]'")
    from simulator.service.http.app import create_app
    from simulator.service.settings import Settings

    opened = []

    def open_(database_url, **settings):
        opened.append(Bridge(create_app(Settings(database_url=database_url, **settings))))
        return opened[-1]

    yield open_
    for bridge in opened:
        bridge.stop()


@pytest.fixture
def flaky(sqlite_url, open_app):
    """The real application, reached through faults."""
    return Flaky(open_app(sqlite_url))


@pytest.fixture
def client(flaky):
    """A client of the real application."""
    from simulator.service.client import Client

    with Client("http://service", transport=lambda: flaky, deadline_s=20) as made:
        made.transport.first_wait_s = 0.005
        yield made


class Served:
    """`simulator serve` as a process, which may be killed and started again on the same port and database."""

    def __init__(self, folder, *words):
        self.folder, self.words = folder, words
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        words = ["serve", "--port", str(self.port), "--database", f"sqlite:///{self.folder / 'served.db'}"]
        program = [sys.executable, "-c", "from simulator.cli import main; main()", *words, *self.words]
        with (self.folder / "served.log").open("a") as log:
            self.process = subprocess.Popen(program, stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.folder / "served.log").read_text()
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(self.url + "/healthz", timeout=5).is_success:
                    return self
            time.sleep(0.1)
        raise AssertionError((self.folder / "served.log").read_text())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server of its own for a file of tests."""
    pytest.importorskip("uvicorn", reason="needs pip install 'trace-simulator[service]'")
    server = Served(tmp_path_factory.mktemp("served")).start()
    yield server
    server.stop()


@pytest.fixture
def job():
    """Fields of a job."""
    return dict(JOB)


@pytest.fixture
def say():
    """Write the bytes of an answer."""
    return said


@pytest.fixture
def faults():
    """Faults by name."""
    return FAULTS


@pytest.fixture(scope="session")
def stub_library(tmp_path_factory):
    """The simulated NVML."""
    if compiler() is None:
        pytest.skip("no C compiler: cc, gcc or clang would build the simulated GPU")
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def scripts(tmp_path):
    """Start training scripts as processes, and leave none behind."""
    started = []

    def start(text, **environment):
        path = tmp_path / f"train{len(started)}.py"
        path.write_text(text)
        variables = {name: value for name, value in os.environ.items() if not name.startswith("SIMULATOR_")}
        process = subprocess.Popen(
            [sys.executable, str(path)],
            env=variables | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
