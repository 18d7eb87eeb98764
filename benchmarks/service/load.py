"""What one server does under one load, and what its history costs it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from service.clients import described, used
from service.wire import Wire

__all__ = ["SHAPES", "growth", "under_load"]

_HERE = Path(__file__).resolve().parent
#: Loads: how many jobs, and how many clients in all.
SHAPES = {"1 job": (1, 1), "8 jobs": (8, 8), "64 jobs": (64, 64), "1 shared": (1, 8)}


def start(script, words):
    """Start one of the scripts here."""
    places = [str(_HERE.parent), str(_HERE.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603  # a script of this folder
        [sys.executable, str(_HERE / script), json.dumps(words)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        stdout=subprocess.PIPE,
        text=True,
    )


def under_load(server, shape, *, warm_s, for_s, protocol="legacy"):
    """Let clients of another process ask a server; returns what they and its processes' clocks say."""
    jobs, clients = SHAPES[shape]
    words = {"port": server.port, "jobs": jobs, "clients": clients, "warm_s": warm_s, "for_s": for_s}
    words |= {"protocol": protocol, "prefix": f"{shape} {protocol}".replace(" ", "-")}
    with start("clients.py", words) as process:
        if not process.stdout.readline():
            raise SystemExit(f"the clients of {shape!r} have ended; the server said: {server.said()[-2000:]}")
        before_s = server.cpu_s()
        found = json.loads(process.stdout.readline())
        cpu_s = server.cpu_s() - before_s
    return found | {"cpu_ms": cpu_s / found["n"] * 1e3 if found["n"] else float("nan")}


def growth(server, steps, *, repeats):
    """Measure one client's requests on a job that grows; yields what was found at each number of trials."""
    asyncio.run(_one(server.port, "POST", "/jobs", described("grows", 1)))
    there = 0
    for n in steps:
        words = {"database_url": server.database_url, "job_id": "grows", "n": n - there}
        began_s = time.perf_counter()
        with start("fill.py", words) as process:
            process.communicate()
        if process.returncode:
            raise SystemExit(f"{n} trials could not be entered")
        filled_s = time.perf_counter() - began_s
        found = asyncio.run(_pairs(server.port, "grows", repeats))
        there = n + repeats
        yield {"n_trials": n, "fill_s": filled_s, **found}


async def _one(port, method, path, body):
    wire = Wire(port)
    status, answer = await wire.ask(method, path, body)
    wire.close()
    if status not in (200, 201):
        raise SystemExit(f"{method} {path} was answered {status}: {answer}")


async def _pairs(port, job_id, repeats):
    """Predict and report one after the other; the first pair also loads what was entered behind the server's back."""
    wire, luck = Wire(port), random.Random(repeats)  # noqa: S311  # no secret
    seen = {"predict": [], "report": []}
    for _ in range(repeats):
        began_s = time.perf_counter()
        status, trial = await wire.ask("GET", f"/jobs/batch_size?job_id={job_id}")
        given_s = time.perf_counter()
        if status != 200:
            raise SystemExit(f"a prediction was answered {status}: {trial}")
        time_s, energy_j = used(trial["batch_size"], luck)
        result = {"time": time_s, "energy": energy_j, "metric": 0.75, "current_epoch": 1}
        status, answer = await wire.ask("POST", "/report", trial | result)
        if status != 200:
            raise SystemExit(f"a report was answered {status}: {answer}")
        seen["predict"].append(given_s - began_s)
        seen["report"].append(time.perf_counter() - given_s)
    wire.close()
    first_ms = (seen["predict"][0] + seen["report"][0]) * 1e3
    middle = {f"{kind}_ms": sorted(each[1:])[len(each[1:]) // 2] * 1e3 for kind, each in seen.items()}
    return {"first_pair_ms": first_ms, **middle}
