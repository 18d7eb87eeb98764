"""Live jobs for tests: a clock set by hand, dispatchers that come and go, and a policy that needs no service."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

from simulator.errors import PolicyError
from simulator.policy.history import History
from simulator.policy.outcome import STILL_WAITING
from simulator.policy.state import to_plain
from simulator.service.deciding.dispatcher import Dispatcher
from simulator.service.deciding.live import LivePolicy
from simulator.service.deciding.policies import make_policy, trained
from simulator.service.layer import ServiceLayer
from simulator.service.model import JobSpec
from simulator.service.settings import Settings

SIZES = (8, 16, 32, 64)


class Clock:
    """A clock that moves when it is told to, both ways."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def spec(**changes):
    """A job whose cost is its energy, unless told otherwise."""
    fields = {
        "job_id": "job",
        "batch_sizes": SIZES,
        "default_batch_size": 16,
        "eta": 1.0,
        "max_power_w": 100.0,
        "gpu": "a40",
        "seed": 1,
        "max_epochs": 10,
    }
    return JobSpec(**fields | changes)


def make_dispatcher(database, clock=None, **settings):
    """A dispatcher that remembers nothing, as after a restart."""
    made = Settings(database_url="sqlite://", **{"lease_s": 60.0} | settings)
    return Dispatcher(database, made) if clock is None else Dispatcher(database, made, clock=clock)


class Turns:
    """Two dispatchers on one database, and new ones: whoever is asked next is drawn, or says itself."""

    def __init__(self, database, clock=None):
        self._make = lambda: make_dispatcher(database, clock)
        self._two = self._make(), self._make()

    def __getitem__(self, who):
        return self._make() if who == 2 else self._two[who]


async def stored_state(database, job_id):
    """State of a job's policy as it is stored, as text, to the last bit."""

    async def read(session):
        layer = ServiceLayer(session)
        job = await layer.get_job(job_id)
        rewards = History.from_plain(await layer.get_rewards(job_id))
        return LivePolicy(job, await layer.get_policy_rows(job_id), await layer.get_arms(job_id), rewards).state

    return as_text(await database.read(read))


def as_text(state):
    """A state as text: the same text means the same bits."""
    return json.dumps(to_plain(state), sort_keys=True)


class Offline:
    """The policy alone, with the rules of runs that overlap: what the service must decide likewise."""

    def __init__(self, job):
        self.job = trained(job)
        self.spec = job
        self.policy = make_policy(job, seed=job.seed)
        self.policy.register_job(self.job, list(job.batch_sizes))
        self.lowest = math.inf
        self.best = job.default_batch_size
        self.told = 0

    def next_size(self):
        """Size of the next trial; None if nothing is left."""
        try:
            return self.policy.predict(self.job)
        except PolicyError as error:
            return self.best if error.status == STILL_WAITING else None

    def cost(self, energy_j, time_s):
        """The published formula, spelled out again."""
        return self.spec.eta * energy_j + (1 - self.spec.eta) * self.spec.max_power_w * time_s

    def settle(self, batch_size, energy_j, time_s, *, reached):
        """Take in a result, and say whether it counts as converged."""
        cost = self.cost(energy_j, time_s)
        bound = math.inf if self.spec.beta is None else self.spec.beta * self.lowest
        converged = reached and cost <= bound
        self.policy.observe(self.job, batch_size, cost, converged)
        self.told += 1
        if converged and cost < self.lowest:
            self.lowest, self.best = cost, batch_size
        return converged

    @property
    def state(self):
        return as_text(self.policy.state_of(self.job))


async def settle(dispatcher, trial, energy_j=100.0, *, reached=True):
    """Report a final result: with η = 1 its cost is its energy."""
    return await dispatcher.report(
        trial.job_id,
        trial.batch_size,
        trial.number,
        energy_j=energy_j,
        time_s=1.0,
        metric=1.0 if reached else 0.0,
        epoch=10,
    )


async def run_once(dispatcher, energy_j=100.0, *, job_id="job", reached=True):
    """Hand out a trial and report its result."""
    trial = (await dispatcher.dispatch(job_id)).trial
    return (await settle(dispatcher, trial, energy_j, reached=reached)).trial


async def prune(dispatcher, job_id="job", rounds=2):
    """Let every size converge in every round, each at a cost near its own size, so that pruning is over."""
    job = await dispatcher.get_job(job_id)
    for _ in range(rounds * len(job.spec.batch_sizes)):
        trial = (await dispatcher.dispatch(job_id)).trial
        await settle(dispatcher, trial, 100.0 + trial.batch_size / 8 + trial.number / 100)


async def all_trials(dispatcher, job_id="job"):
    """List every trial of a job."""
    trials = []
    while page := await dispatcher.list_trials(job_id, after=trials[-1].number if trials else 0):
        trials += page
    return trials
