"""The process that asks: clients in a closed loop, each with one request under way.

Started with words as JSON; says when it begins to measure, and in the end what it found, a line of JSON each.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from contextlib import suppress
from urllib.parse import quote

from service.wire import Wire

SIZES, DEFAULT = [16, 32, 64, 128], 64
#: Of 100 answers one may take longer than the 99th percentile.
PERCENTILES = (50, 99)


class Load:
    """All clients of one measurement, and what they saw."""

    def __init__(self, words: dict) -> None:
        self.words = words
        self.latencies_s: dict[str, list[float]] = {"predict": [], "report": []}
        self.errors: dict[str, int] = {}
        self.measures = False

    async def ask(self, kind: str, wire: Wire, method: str, path: str, body: object = None) -> object:
        """Send a request and note how long its answer took; None if it was an error."""
        began_s = time.perf_counter()
        status, answer = await wire.ask(method, path, body)
        if self.measures:
            self.latencies_s[kind].append(time.perf_counter() - began_s)
            if status not in (200, 201):
                name = f"{kind} {status}"
                self.errors[name] = self.errors.get(name, 0) + 1
        return answer if status in (200, 201) else None

    async def client(self, number: int, job_id: str) -> None:
        """Train for ever: a prediction, and the report that ends the trial."""
        wire, luck = Wire(self.words["port"]), random.Random(number)  # noqa: S311  # no secret
        ask = self.legacy if self.words["protocol"] == "legacy" else self.versioned
        try:
            while True:
                await ask(wire, job_id, luck)
        finally:
            wire.close()

    async def legacy(self, wire: Wire, job_id: str, luck: random.Random) -> None:
        """Train once over the published paths."""
        trial = await self.ask("predict", wire, "GET", f"/jobs/batch_size?job_id={quote(job_id)}")
        if trial is None:
            return
        time_s, energy_j = used(trial["batch_size"], luck)
        result = {"time": time_s, "energy": energy_j, "metric": 0.75, "current_epoch": 1}
        await self.ask("report", wire, "POST", "/report", trial | result)

    async def versioned(self, wire: Wire, job_id: str, luck: random.Random) -> None:
        """Train once over the paths of our own client."""
        path = f"/v1/jobs/{quote(job_id, safe='')}/trials"
        answer = await self.ask("predict", wire, "POST", path, {})
        if answer is None:
            return
        time_s, energy_j = used(answer["trial"]["batch_size"], luck)
        result = {"time_s": time_s, "energy_j": energy_j, "metric": 0.75, "epoch": 1}
        await self.ask("report", wire, "POST", f"{path}/{answer['trial']['number']}/report", result)

    async def run(self) -> None:
        """Register the jobs, warm up, measure, and say what was found."""
        words = self.words
        jobs = [f"{words['prefix']}-{number}" for number in range(words["jobs"])]
        wire = Wire(words["port"])
        for number, job_id in enumerate(jobs):
            status, answer = await wire.ask("POST", "/jobs", described(job_id, number))
            if status not in (200, 201):
                raise SystemExit(f"registration was answered {status}: {answer}")
        clients = [asyncio.create_task(self.client(n, jobs[n % len(jobs)])) for n in range(words["clients"])]
        await asyncio.sleep(words["warm_s"])
        self.measures = True
        began_s, cpu_s = time.perf_counter(), processor_s()
        print(json.dumps({"begins": True}), flush=True)
        await asyncio.sleep(words["for_s"])
        self.measures = False
        found = self.found(time.perf_counter() - began_s, processor_s() - cpu_s)
        print(json.dumps(found), flush=True)
        for client in clients:
            client.cancel()
            with suppress(asyncio.CancelledError):
                await client

    def found(self, wall_s: float, cpu_s: float) -> dict:
        """Sum up what was measured."""
        every = sorted(self.latencies_s["predict"] + self.latencies_s["report"])
        figures = {f"p{part}_ms": percentile(every, part) * 1e3 for part in PERCENTILES}
        parts = {f"{kind}_p50_ms": percentile(sorted(seen), 50) * 1e3 for kind, seen in self.latencies_s.items()}
        errors = {"n_errors": sum(self.errors.values()), "errors": self.errors}
        return {
            "n": len(every), "per_s": len(every) / wall_s, **figures, **parts, **errors, "asking_cpu": cpu_s / wall_s
        }  # fmt: skip


def described(job_id: str, seed: int) -> dict:
    """Describe a job as the published client does."""
    return {
        "job_id": job_id,
        "job_id_prefix": job_id,
        "batch_sizes": SIZES,
        "default_batch_size": DEFAULT,
        "max_power": 300.0,
        "number_of_gpus": 1,
        "gpu_model": "A40",
        "mab_seed": seed,
        "beta_knob": None,
    }


def used(batch_size: int, luck: random.Random) -> tuple[float, float]:
    """Say what a run takes [s] and uses up [J]."""
    time_s = 50.0 + 1000.0 / batch_size + 10 * luck.random()
    return time_s, time_s * (100.0 + batch_size)


def percentile(values: list[float], part: float) -> float:
    """Return the value that so many of a hundred do not exceed, NaN if there are none."""
    return values[min(len(values) - 1, int(len(values) * part / 100))] if values else float("nan")


def processor_s() -> float:
    """Say how much processor time this process has used [s]."""
    used_s = resource.getrusage(resource.RUSAGE_SELF)
    return used_s.ru_utime + used_s.ru_stime


if __name__ == "__main__":
    try:
        from uvloop import run
    except ImportError:
        from asyncio import run
    run(Load(json.loads(sys.argv[1])).run())
