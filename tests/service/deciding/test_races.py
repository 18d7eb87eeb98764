"""Many at once on one job, through several dispatchers: nothing is lost, and everything adds up afterwards."""

from __future__ import annotations

import asyncio
import random

from live_jobs import Offline, all_trials, make_dispatcher, settle, spec

from simulator.service.database import Database
from simulator.service.model import TrialStatus, TrialType

COSTS = {8: 300.0, 16: 100.0, 32: 90.0, 64: 110.0}


async def _client(dispatcher, chance, n_trials, overlaps):
    """Train some trials; now and then end one, repeat a report, or retry a dispatch."""
    for at in range(n_trials):
        key = f"{id(chance)}-{at}"
        trial, again = [(await dispatcher.dispatch("job", key=key)).trial for _ in range(2)]
        assert (again.number, again.batch_size) == (trial.number, trial.batch_size)
        await asyncio.sleep(chance.random() * 0.002)
        await dispatcher.report("job", trial.batch_size, trial.number, energy_j=1.0, time_s=1.0, metric=0.0, epoch=1)
        running = await dispatcher.list_trials("job", status=TrialStatus.DISPATCHED, limit=1000)
        overlaps.append(sum(one.type is TrialType.EXPLORATION for one in running))
        if chance.random() < 0.1:
            await dispatcher.end("job", trial.batch_size, trial.number)
            continue
        cost = COSTS[trial.batch_size] + chance.random()
        first, second = await asyncio.gather(settle(dispatcher, trial, cost), settle(dispatcher, trial, cost + 1.0))
        assert sorted([first.repeated, second.repeated]) == [False, True]
        assert first.trial.cost == second.trial.cost


async def _race(databases):
    dispatchers = [make_dispatcher(database) for database in databases for _ in range(2)]
    job = (await dispatchers[0].register(spec(max_failures=1000, batch_sizes=tuple(COSTS)))).job
    overlaps = []
    await asyncio.gather(*(_client(dispatchers[at % 4], random.Random(at), 12, overlaps) for at in range(8)))
    assert max(overlaps) <= 1
    trials, now = await all_trials(dispatchers[0]), await dispatchers[1].get_job("job")
    assert [trial.number for trial in trials] == list(range(1, 8 * 12 + 1))
    done = [trial for trial in trials if trial.status is TrialStatus.SUCCEEDED]
    assert {trial.status for trial in trials} == {TrialStatus.SUCCEEDED, TrialStatus.FAILED}
    told = sorted((trial for trial in done if trial.observation), key=lambda trial: trial.observation)
    assert [trial.observation for trial in told] == list(range(1, len(done) + 1))
    assert now.n_observed == len(done)
    best = min((trial for trial in done if trial.converged), key=lambda trial: trial.cost)
    assert (now.min_cost, now.min_cost_batch_size) == (best.cost, best.batch_size)
    counts = {size: sum(trial.batch_size == size for trial in done) for size in COSTS}
    for arm in await dispatchers[0].get_arms("job"):
        assert arm.n_observations == counts[arm.batch_size]
    return job, told


def _beliefs(job, told):
    """Arms of a policy that is told the same in the same order; choices in between only advance the walk."""
    offline = Offline(job.spec)
    for trial in told:
        while not offline.policy.state_of(offline.job).sampling and offline.policy.awaits(offline.job) is None:
            if offline.next_size() is None:
                break
        offline.policy.observe(offline.job, trial.batch_size, trial.cost, trial.converged)
    arms = offline.policy.state_of(offline.job).arms
    return arms.mean[: arms.n], arms.precision[: arms.n]


def test_a_race_adds_up(database_url, run_async):
    """Numbers, counts, lowest cost, beliefs, and one exploration at a time, recomputed from the trials."""
    databases = [Database(database_url) for _ in range(2)]
    job, told = run_async(_race(databases))
    arms = run_async(make_dispatcher(databases[0]).get_arms("job"))
    assert ([arm.mean for arm in arms], [arm.precision for arm in arms]) == _beliefs(job, told)
    for database in databases:
        run_async(database.close())


def test_a_race_to_register_makes_one_job(database_url, run_async):
    """Whoever comes second gets the same job."""
    databases = [Database(database_url) for _ in range(2)]

    async def race():
        return await asyncio.gather(*(make_dispatcher(databases[at % 2]).register(spec(seed=None)) for at in range(8)))

    registered = run_async(race())
    assert sum(one.created for one in registered) == 1
    assert len({one.job.seed for one in registered}) == 1
    for database in databases:
        run_async(database.close())
