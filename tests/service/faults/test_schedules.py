"""Everything at once, in any order, on one job: whatever happens, what is stored fits together."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest
from live_invariants import problems_of_rows, read_rows
from live_jobs import SIZES, Clock, as_text, make_dispatcher, spec, stored_state

from simulator.errors import (
    BadOperationError,
    ExhaustedError,
    JobConflictError,
    KeyReusedError,
    TrialEndedError,
    UnknownJobError,
    UnknownTrialError,
)
from simulator.service.database import Database
from simulator.service.deciding.results import RecordedRun

#: What a request may be refused with while others change, end and delete what it is about.
REFUSALS = (
    BadOperationError,
    ExhaustedError,
    JobConflictError,
    KeyReusedError,
    TrialEndedError,
    UnknownJobError,
    UnknownTrialError,
)


class Chaos:
    """Requests of all kinds about one job, through six dispatchers on three connections; some are given up halfway."""

    def __init__(self, url, seed, **job):
        self.chance = random.Random(seed)
        self.databases = [Database(url) for _ in range(3)]
        self.clock = Clock()
        self.dispatchers = [
            make_dispatcher(database, self.clock, cached_jobs=self.chance.choice([1, 100]))
            for database in self.databases
            for _ in range(2)
        ]
        self.spec = spec(max_failures=self.chance.choice([1, 2, 3]), window_size=self.chance.choice([0, 3]), **job)
        self.latest = 0
        self.answers = {}

    async def play(self, bursts):
        """Send bursts of requests; after some, whoever remembers the stored revision has the stored state."""
        await self.dispatchers[0].register(self.spec)
        for burst in range(bursts):
            tasks = [asyncio.create_task(self._ask()) for _ in range(self.chance.choice([1, 1, 3, 10]))]
            if self.chance.random() < 0.3:
                await asyncio.sleep(self.chance.random() * 0.004)
                self.chance.choice(tasks).cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome
            if burst % 4 == 0:
                await self._compare()
        await self.dispatchers[0].register(self.spec)
        for database in self.databases:
            await database.close()

    async def _ask(self):
        kinds = {self._hand_out: 16, self._report: 22, self._renew: 6, self._end: 3, self._pass: 7, self._other: 7}
        (kind,) = self.chance.choices(list(kinds), list(kinds.values()))
        with suppress(*REFUSALS):
            await kind(self.chance.choice(self.dispatchers), max(1, self.latest - self.chance.randrange(8)))

    async def _hand_out(self, dispatcher, _):
        key = self.chance.choice([None, f"key-{self.chance.randrange(30)}"])
        size = self.chance.choice([None, None, None, *SIZES[:1]])
        trial = (await dispatcher.dispatch("job", key=key, batch_size=size)).trial
        self.latest = max(self.latest, trial.number)

    async def _report(self, dispatcher, number):
        energy_j, metric = (
            self.chance.choice([50.0, 100 * self.chance.random(), 1e5]),
            self.chance.choice([1.0, 1.0, 0]),
        )
        told = await dispatcher.report("job", None, number, energy_j=energy_j, time_s=1, metric=metric, epoch=10)
        answer = told.trial.energy_j, told.trial.cost, told.converged
        assert self.answers.setdefault(number, answer) == answer  # once, and the same ever after

    async def _renew(self, dispatcher, number):
        if self.chance.random() < 0.5:
            await dispatcher.heartbeat("job", number)
        else:
            await dispatcher.report("job", None, number, energy_j=1, time_s=1, metric=0, epoch=1)

    async def _end(self, dispatcher, number):
        await dispatcher.end("job", None, number)

    async def _pass(self, dispatcher, _):
        self.clock.advance(self.chance.choice([1, 20, 61, 61, -100]))
        await dispatcher.expire()

    async def _other(self, dispatcher, number):
        if self.chance.random() < 0.1:
            await dispatcher.delete("job")
        elif self.chance.random() < 0.6:
            await dispatcher.register(self.spec)
        elif self.chance.random() < 0.5:
            await dispatcher.explain("job", number)
        else:
            sizes = self.chance.choices(SIZES, k=3)
            runs = [RecordedRun(batch_size=size, energy_j=size, time_s=1.0, converged=size != 64) for size in sizes]
            await dispatcher.record("job", runs)

    async def _compare(self):
        try:
            before = await self.dispatchers[0].get_job("job")
            stored = await stored_state(self.databases[0], "job")
            remembered = [dispatcher._memory._policies.get("job") for dispatcher in self.dispatchers]
            states = {as_text(one.policy.state) for one in remembered if one and one.revision == before.revision}
            after = await self.dispatchers[0].get_job("job")
        except (AttributeError, BadOperationError, UnknownJobError):  # a request that was given up has just deleted it
            return
        if before.revision == after.revision:
            assert states <= {stored}


@pytest.mark.parametrize("policy", ["pruning-gts", "gts"])
@pytest.mark.parametrize("seed", [0, 12, 16, 54])
def test_whatever_happens_at_once_what_is_stored_fits_together(database_url, run_async, seed, policy):
    """Numbers, lowest cost, observations, rewards and beliefs, with one exploration under way at most."""
    chaos = Chaos(database_url, seed, policy=policy)
    run_async(asyncio.wait_for(chaos.play(40), 120))
    rows, _ = run_async(read_rows(database_url))
    assert problems_of_rows(rows["job"]) == []
