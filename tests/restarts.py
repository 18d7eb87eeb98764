"""Replays by the event engine and through services that are restarted all the time, and all that must be the same."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
from engines import assert_same
from live_jobs import as_text

from simulator.errors import SimulatorError
from simulator.policy.history import History
from simulator.policy.state import to_plain
from simulator.replay.choice import Engine
from simulator.replay.events import play_events
from simulator.replay.playing import Playing
from simulator.replay.setting import Setting
from simulator.service.database import Database
from simulator.service.deciding.dispatcher import Dispatcher
from simulator.service.deciding.live import LivePolicy
from simulator.service.deciding.parts import split
from simulator.service.layer import ServiceLayer
from simulator.service.settings import Settings
from simulator.service.trip.engine import play_service

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.replay.event import EventPlay

#: What `simulator.replay` would assume.
USUAL = {
    "power_policy": "jit",
    "recurrences": None,
    "groups": None,
    "eta": 0.5,
    "beta": 2.0,
    "window": 0,
    "draws": "published",
    "on_failure": "keep",
    "detail": "runs",
    "workers": None,
    "progress": None,
}


class Restarted:
    """A service in this process of which nothing lives on from one call to the next but its database.

    Parameters
    ----------
    url
        The database.
    run
        Runs a coroutine.
    """

    def __init__(self, url, run) -> None:
        self.url = url
        self._run = run
        #: Jobs, in the order in which they were registered.
        self.job_ids = []

    def _ask(self, ask: Callable):
        async def asked():
            database = Database(self.url)
            try:
                return await ask(Dispatcher(database, Settings(database_url=self.url)))
            finally:
                await database.close()

        return self._run(asked())

    def register(self, spec):
        self.job_ids.append(self._ask(lambda dispatcher: dispatcher.register(spec)).job.job_id)
        return self.job_ids[-1]

    def dispatch(self, job_id, *, batch_size=None):
        return self._ask(lambda dispatcher: dispatcher.dispatch(job_id, batch_size=batch_size))

    def profile(self, job_id, number, measurements):
        return self._ask(lambda dispatcher: dispatcher.profile(job_id, number, measurements))

    def finish(self, job_id, number, **outcome):
        told = self._ask(lambda dispatcher: dispatcher.finish(job_id, number, **outcome))
        return told.trial.observation is not None


@dataclass(frozen=True, kw_only=True)
class Watched(Setting):
    """A setting that keeps its replays, so that their policies can be looked at afterwards."""

    plays: list[EventPlay] = field(default_factory=list)

    def event_play(self, seed, plan, **how):
        self.plays.append(super().event_play(seed, plan, **how))
        return self.plays[-1]


def replay_by_events(job, traces, **asked):
    """Replay with the event engine; returns the table, or the error, and the replays."""
    plays = []

    def play(setting, seeds, **how):
        plain = {item.name: getattr(setting, item.name) for item in fields(Setting)}
        yield from play_events(Watched(**plain, plays=plays), seeds, **how)

    return _outcome(Engine("event", play, 1), job, traces, asked), plays


def replay_by_service(service, job, traces, **asked):
    """Replay through a service, where the jobs stay; returns the table, or the error."""
    play = partial(play_service, service=service, prefix="replay", keeps_jobs=True)
    return _outcome(Engine("service", play, 1), job, traces, asked)


def _outcome(engine, job, traces, asked):
    try:
        playing = Playing.begin(job, traces, engine=engine, **USUAL | asked)
        table = pd.concat(list(playing.frames()), ignore_index=True)
    except SimulatorError as error:
        return error
    table.attrs.update(playing.attributes())
    return table


def assert_same_bits(one, other):
    """Two outcomes are equal, and the signs of their zeros, too."""
    assert_same(one, other)
    if not isinstance(one, SimulatorError):
        assert _bits(one) == _bits(other)


def _bits(table):
    return {
        name: [value.hex() for value in column.tolist()] if column.dtype.kind == "f" else column.tolist()
        for name, column in table.items()
    }


async def assert_same_policies(url, job_id, play):
    """What a database holds of a job's policies is what those of a replay know: arms, draws, rewards, and limits."""
    policy, power_policy = play.batch_policy, play.power_policy
    state = policy.state_of(play.job)

    async def read(session):
        layer = ServiceLayer(session)
        job, arms = await layer.get_job(job_id), await layer.get_arms(job_id)
        rows, rewards = await layer.get_policy_rows(job_id), History.from_plain(await layer.get_rewards(job_id))
        return LivePolicy(job, rows, arms, rewards), arms, rows

    database = Database(url)
    try:
        live, arms, rows = await database.read(read)
    finally:
        await database.close()
    _agree(_allowing_overlaps(live.state), _allowing_overlaps(state))
    _agree(live.power_policy.state_dict(), power_policy.state_dict())
    if rows.state is not None:  # the policy was asked
        sizes = policy.sizes_of_arms(play.job)
        parts = split(state, len(sizes))
        stored = [(arm.batch_size, arm.mean, arm.precision, arm.reward_precision, arm.n_observations) for arm in arms]
        known = [(size, *belief) for size, belief in zip(sizes, parts.beliefs, strict=True)]
        _agree(stored, known)
        if parts.generator is not None:
            _agree(rows.generator, parts.generator)


def _allowing_overlaps(state):
    """A state as of a policy whose runs may overlap: any live job's may, and a replay's know whether they do."""
    plain = to_plain(state)
    return plain | {"overlapping": True} if "overlapping" in plain else plain


def _agree(stored, known):
    stored, known = as_text(stored), as_text(known)
    assert stored == known, f"stored is {stored}, and the replay's policy knows {known}"
