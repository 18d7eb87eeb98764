"""Faults in a service under load, and a look at its data afterwards."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import asyncpg
from live_clients import Client, outcome, spec, start
from live_invariants import problems, read_notes, read_rows

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from live_service import LiveService

#: Trainings after which a job has left pruning at the latest: three rounds' worth, and what others had under way.
ENOUGH = 40
#: Patience with a busy machine [s].
PATIENCE_S = 60.0
#: How long to wait for a trial that nobody runs any more, beyond its lease [s].
LEASE_OVER_S = 1.5


class Campaign:
    """A service, its clients in processes of their own, and what is done to both.

    Parameters
    ----------
    service
        A service that runs.
    folder
        Where clients keep their notes.
    draws
        Decides moments and victims.
    jobs
        Names of the jobs. The clients of all but the last use idempotency keys; half of those of the last use the
        published paths.
    n_clients
        How many train at a time.
    """

    def __init__(
        self, service: LiveService, folder: Path, draws: random.Random, *, jobs: list[str], n_clients: int = 8
    ):
        folder.mkdir(parents=True)
        self.service = service
        self.folder = folder
        self.draws = draws
        self.jobs = jobs
        self.n_clients = n_clients
        self.hits: Counter[str] = Counter()
        self._clients: list[subprocess.Popen[bytes]] = []
        self._n_started = 0
        with closing(self.client("registers")) as client:
            for number, job_id in enumerate(jobs):
                client.register(spec(job_id, number))

    def client(self, name: str, **words: Any) -> Client:
        """Make a client in this process."""
        return Client(self.service.url, self.folder / f"{name}.notes", random.Random(self.draws.random()), **words)

    def start_clients(self, *, for_s: float = 600.0) -> None:
        """See that as many clients train as there should."""
        self._clients = [each for each in self._clients if each.poll() is None]
        while len(self._clients) < self.n_clients:
            number = self._n_started
            self._n_started += 1
            notes, seed = self.folder / f"client-{number}.notes", self.draws.random()
            jobs, legacy = self.jobs[:-1] or self.jobs, False
            if number % self.n_clients < 2 and len(self.jobs) > 1:
                jobs, legacy = self.jobs[-1:], number % 2 == 0
            self._clients.append(start(self.service.url, notes, jobs, seed, for_s=for_s, legacy=legacy))

    def train_until(self, what: str, *, more_than: int) -> None:
        """Let the clients train until they have noted something so often: on a busy machine that takes longer."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with suppress(ValueError):  # of a line that is being written
                if read_notes(sorted(self.folder.glob("*.notes")))[1][what] > more_than:
                    return
            time.sleep(0.1)

    def kill_client(self) -> bool:
        """Kill one of the clients, wherever it is, and start another."""
        victim = self.draws.choice(self._clients)
        victim.kill()
        was_alive = victim.wait() == -signal.SIGKILL
        self.start_clients()
        return was_alive

    def kill_service(self) -> bool:
        """Kill the service with all its processes, and start it again; it may be killed before it answers."""
        self.service.kill()
        self.service.start()
        return True

    def kill_worker(self) -> bool:
        """Kill one of several worker processes; the first process starts another."""
        return self.service.kill_worker(self.draws)

    def storm(self, kills: list[str]) -> None:
        """Kill whom the list says, one after another: mostly when the service answers, and at times while it starts."""
        for kill in kills:
            if self.draws.random() < 0.75:
                self.service.wait()
            time.sleep(self.draws.uniform(0.0, 0.4))
            while not getattr(self, f"kill_{kill}")():
                time.sleep(0.05)
            self.hits[kill] += 1
        self.service.wait()

    def stop_clients(self) -> None:
        """Kill all clients: what they had under way is never reported."""
        for each in self._clients:
            each.kill()
        for each in self._clients:
            each.wait()
        self._clients = []

    def settle(self) -> None:
        """Train every job with one well-behaved client, until it has left pruning: nothing that is lost stops it."""
        time.sleep(LEASE_OVER_S)
        with closing(self.client("settles", mishaps={})) as client:
            for job_id in self.jobs:
                for _ in range(ENOUGH):
                    assert client.train(job_id), f"{job_id} got no trial: {self.service.said()[-3000:]}"
                    if self._rows()[0][job_id].job["stage"] == "MAB":
                        break
                else:
                    raise AssertionError(f"{job_id} is stuck in pruning after {ENOUGH} trainings")
                client.train(job_id)

    def _rows(self) -> Any:
        return asyncio.run(read_rows(self.service.database_url))

    def check(self, *, in_order: bool = True) -> Counter[str]:
        """See that what is stored is what clients were told; returns how often what happened."""
        by_job, _ = self._rows()
        notes, counts = read_notes(sorted(self.folder.glob("*.notes")))
        found = [text for job_id in self.jobs for text in problems(by_job[job_id], notes[job_id], in_order=in_order)]
        assert not found, "\n".join(found)
        for job_id in self.jobs:
            values_are_those_reported(by_job[job_id], notes[job_id])
        refused = {what: n for what, n in counts.items() if " 4" in what or what == "refused"}
        assert not refused, f"clients that did nothing wrong were refused: {refused}"
        said = "".join(file.read_text() for file in self.folder.glob("*.stderr"))
        assert "Error" not in said.replace("UnansweredError", ""), said
        return counts + self.hits


def values_are_those_reported(rows: Any, notes: Any) -> None:
    """What was acknowledged as final is stored with its values: they follow from the trial's name."""
    trials = {trial["number"]: trial for trial in rows.trials}
    for report in notes.acknowledged:
        if report["final"] and report["stop"]:
            trial = trials[report["number"]]
            wanted = outcome(report["job"], report["number"], report["batch_size"])
            stored = {name: trial[name] for name in wanted}
            assert stored == wanted, f"{report['job']} {report['number']}: {stored} instead of {wanted}"


class Watch(threading.Thread):
    """Looks at a database again and again, for two explorations of a job in flight at once."""

    _QUESTION = """
        SELECT job_id FROM trial WHERE type = 'Exploration' AND status = 'Dispatched'
        GROUP BY job_id HAVING count(*) > 1
    """

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._done = threading.Event()
        self.looks, self.found = 0, []

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()
        assert not self.found, f"several explorations at once: {self.found}"

    def run(self) -> None:
        """Look until told to stop."""
        asyncio.run(self._look_by_asyncpg() if self._url.startswith("postgresql") else self._look_by_sqlite3())

    async def _look_by_sqlite3(self) -> None:
        path = self._url.removeprefix("sqlite:///")
        while not self._done.wait(0.01):
            with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as one:
                self.found += one.execute(self._QUESTION).fetchall()
                self.looks += 1

    async def _look_by_asyncpg(self) -> None:
        while not self._done.is_set():
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await asyncpg.connect(self._url)
                try:
                    while not self._done.wait(0.02):
                        self.found += await connection.fetch(self._QUESTION)
                        self.looks += 1
                finally:
                    await connection.close()
            await asyncio.sleep(0.05)
