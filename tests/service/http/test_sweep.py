"""Trials that fall silent are given up without anybody asking."""

from __future__ import annotations

import asyncio
import logging
import time

from simulator.errors import DatabaseError
from simulator.service.http import sweep as swept


def test_a_silent_trial_is_given_up_while_the_server_runs(serve, spec, monkeypatch):
    """Its lease is a second long; no other request touches the job meanwhile."""
    monkeypatch.setattr(swept, "LONGEST_S", 0.2)
    monkeypatch.setattr(swept, "SHORTEST_S", 0.1)
    with serve(lease_s=1) as client:
        client.post("/v1/jobs", json=spec)
        trial = client.post("/v1/jobs/fleet-1/trials").json()["trial"]
        deadline = time.monotonic() + 30
        while trial["status"] == "Dispatched" and time.monotonic() < deadline:
            time.sleep(0.1)
            trial = client.get("/v1/jobs/fleet-1/trials/1").json()
    assert (trial["status"], trial["ending"]) == ("Failed", "expired")


def test_an_error_does_not_end_the_sweep(monkeypatch, caplog, run_async):
    """It is logged, and the next round tries again."""
    monkeypatch.setattr(swept, "SHORTEST_S", 0.001)
    rounds = []

    class Dispatcher:
        async def expire(self):
            rounds.append(1)
            if len(rounds) < 3:
                raise DatabaseError("gone") if len(rounds) == 1 else ValueError("strange")
            return 0

    async def watch():
        task = asyncio.create_task(swept.sweep(Dispatcher(), 0.001))
        while len(rounds) < 4:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with caplog.at_level(logging.WARNING, "simulator.service"):
        run_async(asyncio.wait_for(watch(), 30))
    assert len([record for record in caplog.records if record.name == "simulator.service"]) == 2
