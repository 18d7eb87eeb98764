"""A server process on loopback, and synthetic jobs that the Dispatcher makes in its database."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from simulator.service.database import Database
from simulator.service.deciding.dispatcher import Dispatcher
from simulator.service.model import JobSpec
from simulator.service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

#: Seconds that a server may take to start or to end, on a busy machine.
PATIENCE_S = 60


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class ServedFleet:
    """A server of a database: `url` is where it answers, `do` works on its jobs, `stop` and `start` take it away."""

    def __init__(self, database_url: str, *, tokens: tuple[str, ...] = ()) -> None:
        self.settings = Settings(database_url=database_url, tokens=tokens)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        program = [sys.executable, "-m", "uvicorn", "--factory", "simulator.service.http.app:from_environment"]
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning"]
        environment = {**os.environ, "SIMULATOR_SERVICE_SETTINGS": self.settings.to_json()}
        self.process = subprocess.Popen(program + options, env=environment)
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                httpx.get(f"{self.url}/healthz").raise_for_status()
            except httpx.TransportError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End the process, if it runs."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def do(self, story: Callable[[Dispatcher], Awaitable[Any]]) -> Any:
        """Run a story with a Dispatcher of the same database, in a thread: a browser may own this thread's loop."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(self._told(story))).result()

    async def _told(self, story: Callable[[Dispatcher], Awaitable[Any]]) -> Any:
        database = Database(self.settings.database_url)
        try:
            return await story(Dispatcher(database, self.settings))
        finally:
            await database.close()

    def get(self, path: str) -> Any:
        """What the API says."""
        headers = {"Authorization": f"Bearer {self.settings.tokens[0]}"} if self.settings.tokens else {}
        return httpx.get(f"{self.url}/v1/{path}", headers=headers).raise_for_status().json()


@contextmanager
def served(database_url: str, **settings: Any) -> Iterator[ServedFleet]:
    """Serve a database until the block ends."""
    fleet = ServedFleet(database_url, **settings)
    try:
        fleet.start()
        yield fleet
    finally:
        fleet.stop()


def spec(job_id: str, **changes: Any) -> JobSpec:
    """Describe a synthetic job."""
    fields: dict[str, Any] = {
        "job_id": job_id,
        "batch_sizes": (16, 32, 64),
        "default_batch_size": 32,
        "max_power_w": 300.0,
        "gpu": "a40",
        "network": "synthetic",
        "seed": 7,
    }
    return JobSpec(**fields | changes)


#: Joules of a run of the synthetic job, by batch size; the k-th trial takes up to 6 % more. At 200 W.
ENERGY_J = {16: 1.3e6, 32: 1.0e6, 64: 0.8e6}


def outcome(size: int, number: int) -> dict[str, float]:
    """Energy and time of a synthetic run."""
    energy_j = ENERGY_J[size] * (1 + 0.02 * (number % 4))
    return {"energy_j": energy_j, "time_s": energy_j / 200}


async def run_trials(dispatcher: Dispatcher, job_id: str, n: int, *, diverging: tuple[int, ...] = ()) -> None:
    """Run `n` trials one after another; those with a number in `diverging` do not reach the target."""
    for _ in range(n):
        trial = (await dispatcher.dispatch(job_id)).trial
        used = outcome(trial.batch_size, trial.number)
        await dispatcher.finish(
            job_id, trial.number, **used, converged=trial.number not in diverging, epoch=trial.number % 9 + 1
        )


async def make_seasoned_job(dispatcher: Dispatcher, job_id: str, **changes: Any) -> None:
    """Make a job with trials of every kind: converged, stopped, ended, and two that run, one of them with a report."""
    await dispatcher.register(spec(job_id, **changes))
    await run_trials(dispatcher, job_id, 12)
    await run_trials(dispatcher, job_id, 2, diverging=(13,))
    lost = (await dispatcher.dispatch(job_id)).trial
    await dispatcher.end(job_id, lost.batch_size, lost.number)
    running = (await dispatcher.dispatch(job_id)).trial
    await dispatcher.report(job_id, None, running.number, energy_j=1e5, time_s=500.0, metric=0.25, epoch=1)
    await dispatcher.dispatch(job_id)
