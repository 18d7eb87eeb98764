"""What a process remembers is used only if it is what is stored."""

from __future__ import annotations

import pytest
from live_jobs import as_text, make_dispatcher, prune, run_once, settle, spec, stored_state

from simulator.errors import BadValueError
from simulator.service.layer import ServiceLayer
from simulator.service.model import TrialType


class Broken(Exception):  # noqa: N818  # it is no error of ours
    """A transaction that fails after all its work."""


@pytest.fixture
def failing(database, monkeypatch):
    """Let the next transactions fail at the very end, for as many turns as are put into the list."""
    turns, run = [], database.run

    async def run_or_fail(work):
        async def spoilt(session):
            await work(session)
            raise Broken

        return await run(spoilt if turns and turns.pop() else work)

    monkeypatch.setattr(database, "run", run_or_fail)
    return turns


@pytest.mark.parametrize("policy", ["pruning-gts", "random", "gts"])
def test_what_was_rolled_back_never_happened(database, clock, run_async, failing, policy):
    """Neither to sizes, nor to draws, nor to rewards: the job goes on as one that had no failures."""
    ours, theirs = make_dispatcher(database, clock), make_dispatcher(database, clock)
    run_async(ours.register(spec(job_id="ours", policy=policy)))
    run_async(theirs.register(spec(job_id="theirs", policy=policy)))
    for turn in range(15):
        failing.append(True)
        with pytest.raises(Broken):
            run_async(ours.dispatch("ours"))
        trial = run_async(ours.dispatch("ours")).trial
        assert trial.batch_size == run_async(theirs.dispatch("theirs")).trial.batch_size
        failing.append(True)
        with pytest.raises(Broken):
            run_async(settle(ours, trial, 1000.0 + turn))
        for dispatcher, job_id in ((ours, "ours"), (theirs, "theirs")):
            mine = run_async(dispatcher.get_trial(job_id, trial.number))
            run_async(settle(dispatcher, mine, 100.0 + turn))
        if turn % 5 == 0:  # somebody else in between: our copy is stale, and what it lacks is read
            for job_id in ("ours", "theirs"):
                run_async(run_once(make_dispatcher(database, clock), 90.0 + turn, job_id=job_id))
        assert run_async(stored_state(database, "ours")) == run_async(stored_state(database, "theirs"))


def test_a_refused_request_costs_no_memory_of_others(dispatcher, run_async):
    """And changes nothing."""
    run_async(dispatcher.register(spec()))
    trial = run_async(dispatcher.dispatch("job")).trial
    with pytest.raises(BadValueError):
        run_async(settle(dispatcher, trial, -1.0))
    assert run_async(settle(dispatcher, trial)).trial.observation == 1


def test_only_so_many_jobs_are_remembered(database, clock, run_async):
    """And the others go on as well."""
    dispatcher = make_dispatcher(database, clock, cached_jobs=2)
    for name in "abcd":
        run_async(dispatcher.register(spec(job_id=name)))
    sizes = {name: [run_async(run_once(dispatcher, job_id=name)).batch_size for _ in range(3)] for name in "abcd"}
    assert set(map(tuple, sizes.values())) == {(16, 8, 32)}
    assert len(dispatcher._memory) == 2


def test_an_exploration_is_seen_by_a_stale_dispatcher(database, clock, run_async):
    """Even one that remembers the policy before it was handed out."""
    one, other = make_dispatcher(database, clock), make_dispatcher(database, clock)
    run_async(one.register(spec()))
    run_async(run_once(one))
    run_async(run_once(other))
    assert run_async(one.dispatch("job")).trial.type is TrialType.EXPLORATION
    assert run_async(other.dispatch("job")).trial.type is TrialType.CONCURRENT


def test_draws_through_the_layer_count(database, dispatcher, run_async):
    """Whoever draws from a job's stream without the dispatcher makes its copy stale."""
    run_async(dispatcher.register(spec()))
    run_async(prune(dispatcher))

    async def draw(session):
        layer = ServiceLayer(session)
        await layer.get_job("job", lock=True)
        return await layer.get_normal("job", 0.0, 1.0)

    before = run_async(stored_state(database, "job"))
    run_async(database.run(draw))
    after = run_async(stored_state(database, "job"))
    assert before != after
    run_async(dispatcher.dispatch("job"))
    assert run_async(stored_state(database, "job")) not in (before, after)


def test_two_processes_read_only_what_they_lack(database, clock, run_async, monkeypatch):
    """Rewards are read once, however often two dispatchers take turns."""
    one, other = make_dispatcher(database, clock), make_dispatcher(database, clock)
    run_async(one.register(spec()))
    run_async(prune(one))
    read, get = [], ServiceLayer.get_rewards

    async def counted(layer, job_id, *, since=None):
        rewards = await get(layer, job_id, since=since)
        read.append(sum(map(len, rewards)))
        return rewards

    monkeypatch.setattr(ServiceLayer, "get_rewards", counted)
    for turn in range(6):
        run_async(run_once((one, other)[turn % 2], 100.0 + turn))
    assert read == [9, 1, 1, 1, 1]


def test_rewards_of_a_deleted_job_are_not_those_of_the_next(database, clock, run_async):
    """Though both were registered alike, and in the same moment of a clock."""
    one, other = make_dispatcher(database, clock), make_dispatcher(database, clock)
    run_async(one.register(spec(policy="gts")))
    for _ in range(6):
        run_async(run_once(one, 70.0))
    run_async(other.delete("job"))
    run_async(other.register(spec(policy="gts")))
    for turn in range(12):
        run_async(run_once(other, 100.0 + turn))
    run_async(run_once(one, 90.0))

    async def read(session):
        layer = ServiceLayer(session)
        await layer.get_job("job")
        return await layer.get_rewards("job")

    rewards = run_async(database.read(read))
    assert sorted(value for values in rewards for value in values) == sorted([-90.0, *(-100.0 - k for k in range(12))])
    remembered = one._memory.take("job")
    assert as_text(remembered.policy.state) == run_async(stored_state(database, "job"))
