"""No job waits for the dead, and no work of the living is lost."""

from __future__ import annotations

import logging

import pytest
from live_jobs import all_trials, make_dispatcher, prune, run_once, settle, spec

from simulator.errors import ExhaustedError
from simulator.service.deciding import registrar
from simulator.service.layer import ServiceLayer
from simulator.service.model import Ending, TrialStatus, TrialType


@pytest.fixture
def job(dispatcher, run_async):
    """A registered job with leases of a minute, whose sizes may be lost three times in a row."""
    return run_async(dispatcher.register(spec())).job


def _lose(dispatcher, clock, run_async, **asked):
    """Hand out a trial that is never heard of again."""
    trial = run_async(dispatcher.dispatch("job", **asked)).trial
    clock.advance(61)
    return trial


def test_a_silent_exploration_is_handed_out_again(dispatcher, clock, run_async, job):
    """As soon as its lease is over, by the next dispatch."""
    first = run_async(dispatcher.dispatch("job")).trial
    clock.advance(60)
    assert run_async(dispatcher.dispatch("job")).trial.type is TrialType.CONCURRENT
    clock.advance(0.1)
    again = run_async(dispatcher.dispatch("job")).trial
    assert (again.type, again.batch_size) == (TrialType.EXPLORATION, first.batch_size)
    lost = run_async(dispatcher.get_trial("job", first.number))
    assert (lost.status, lost.ending, lost.observation) == (TrialStatus.FAILED, Ending.EXPIRED, None)


def test_a_sweep_gives_up_silent_trials_of_all_jobs(dispatcher, clock, run_async):
    """And counts them; a second one finds nothing."""
    for name in ("a", "b", "c"):
        run_async(dispatcher.register(spec(job_id=name, lease_s=500 if name == "c" else None)))
        for _ in range(2):
            run_async(dispatcher.dispatch(name))
    clock.advance(61)
    assert run_async(dispatcher.expire()) == 4
    assert run_async(dispatcher.expire()) == 0
    assert run_async(dispatcher.get_trial("c", 1)).status is TrialStatus.DISPATCHED


def test_signs_of_life_renew_a_lease(dispatcher, clock, run_async, job):
    """A heartbeat does, and so does a report."""
    run_async(dispatcher.dispatch("job"))
    for _ in range(3):
        clock.advance(50)
        assert run_async(dispatcher.heartbeat("job", 1)).lease_until > clock()
        clock.advance(50)
        run_async(dispatcher.report("job", 16, 1, energy_j=1, time_s=1, metric=0, epoch=1))
    assert run_async(dispatcher.expire()) == 0


def test_a_lost_trial_that_reports_after_all_explores_again(dispatcher, clock, run_async, job):
    """If nobody has taken over: its work is not lost."""
    lost = _lose(dispatcher, clock, run_async)
    assert run_async(dispatcher.expire()) == 1
    told = run_async(dispatcher.report("job", 16, 1, energy_j=1, time_s=1, metric=0, epoch=1))
    assert (told.stop, told.trial.status, told.trial.type) == (False, TrialStatus.DISPATCHED, TrialType.EXPLORATION)
    assert run_async(dispatcher.dispatch("job")).trial.type is TrialType.CONCURRENT
    assert run_async(settle(dispatcher, lost)).trial.observation == 1
    assert run_async(dispatcher.dispatch("job")).trial.batch_size == 8


def test_a_lost_trial_that_was_replaced_comes_back_beside(dispatcher, clock, run_async, job):
    """There is one exploration at a time, and whoever reports first is it."""
    lost = _lose(dispatcher, clock, run_async)
    replacement = run_async(dispatcher.dispatch("job")).trial
    assert run_async(dispatcher.heartbeat("job", lost.number)).type is TrialType.CONCURRENT
    told = run_async(settle(dispatcher, lost))
    assert (told.trial.type, told.trial.observation) == (TrialType.EXPLORATION, 1)
    assert run_async(dispatcher.get_trial("job", replacement.number)).type is TrialType.CONCURRENT
    assert run_async(settle(dispatcher, replacement)).trial.observation == 2


def test_a_lost_result_after_pruning_counts(dispatcher, clock, run_async, job):
    """For its belief."""
    run_async(prune(dispatcher))
    lost = _lose(dispatcher, clock, run_async)
    run_async(dispatcher.expire())
    told = run_async(settle(dispatcher, lost, 99.0))
    assert (told.trial.type, told.trial.observation, told.converged) == (TrialType.MAB, 9, True)
    assert run_async(dispatcher.get_job("job")).min_cost == 99.0


def test_a_size_that_is_lost_too_often_counts_as_not_converging(dispatcher, clock, run_async, job):
    """At a cost of 100·β times the lowest, as an epoch that nobody can afford; so no job is stuck."""
    run_async(run_once(dispatcher, 50.0))
    lost = [_lose(dispatcher, clock, run_async) for _ in range(3)]
    assert {trial.batch_size for trial in lost} == {8}
    trial = run_async(dispatcher.dispatch("job")).trial
    assert (trial.batch_size, trial.type) == (32, TrialType.EXPLORATION)
    told = run_async(dispatcher.get_trial("job", lost[-1].number))
    assert (told.status, told.observation, told.cost, told.converged) == (TrialStatus.FAILED, 2, 10_000.0, False)
    assert run_async(dispatcher.get_job("job")).min_cost == 50.0
    assert "3" not in run_async(dispatcher.explain("job", 2)).outcome
    assert "counts as not converging" in run_async(dispatcher.explain("job", 4)).outcome


def test_a_trial_of_which_the_policy_was_told_counts_once(dispatcher, clock, run_async, job):
    """Its late result is stored, and may be the lowest cost, but is not told again."""
    lost = [_lose(dispatcher, clock, run_async) for _ in range(3)]
    run_async(run_once(dispatcher, reached=False))  # above the default, which counts as failed: nothing is left
    with pytest.raises(ExhaustedError):
        run_async(dispatcher.dispatch("job"))
    before = run_async(dispatcher.get_job("job")).n_observed
    told = run_async(settle(dispatcher, lost[-1], 70.0))
    assert (told.converged, told.trial.observation, told.trial.status) == (True, 1, TrialStatus.SUCCEEDED)
    now = run_async(dispatcher.get_job("job"))
    assert (now.n_observed, now.min_cost) == (before, 70.0)


def test_before_any_result_a_lost_size_costs_its_time_at_full_power(dispatcher, clock, run_async, job):
    """There is nothing else to compare with."""
    for _ in range(3):
        _lose(dispatcher, clock, run_async)
    run_async(dispatcher.expire())
    assert run_async(dispatcher.get_trial("job", 3)).cost == 100.0 * 61


def _end_one(dispatcher, clock, run_async, size):
    """Hand out a trial of a size, end it, and count what the policy was told so far."""
    trial = run_async(dispatcher.dispatch("job", batch_size=size)).trial
    clock.advance(1)
    run_async(dispatcher.end("job", None, trial.number))
    clock.advance(1)
    return run_async(dispatcher.get_job("job")).n_observed


def test_the_next_row_of_losses_begins_anew(dispatcher, clock, run_async, job):
    """Each loss counts once, whoever ended the trial."""
    assert [_end_one(dispatcher, clock, run_async, 64) for _ in range(7)] == [0, 0, 1, 1, 1, 2, 2]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 2, 0)])
def test_trials_that_are_lost_at_once_are_one_loss(dispatcher, clock, run_async, job, order):
    """A server or cluster that was down for longer than a lease says nothing about a size."""
    trials = [run_async(dispatcher.dispatch("job", batch_size=64)).trial for _ in range(4)]
    for at in order:
        clock.advance(1)
        run_async(dispatcher.end("job", None, trials[at].number))
    clock.advance(1)
    assert run_async(dispatcher.get_job("job")).n_observed == 0
    assert [_end_one(dispatcher, clock, run_async, 64) for _ in range(3)] == [0, 1, 1]


def test_a_result_ends_a_row_of_losses(dispatcher, clock, run_async, job):
    """Only losses in a row say that a size does not work."""
    for _ in range(2):
        _end_one(dispatcher, clock, run_async, 64)
    run_async(settle(dispatcher, run_async(dispatcher.dispatch("job", batch_size=64)).trial))
    clock.advance(1)
    assert [_end_one(dispatcher, clock, run_async, 64) for _ in range(3)] == [1, 1, 2]


def test_an_awaited_size_that_is_lost_beside_its_exploration_is_pruned_once(dispatcher, clock, run_async, job):
    """The exploration under way becomes one of those beside, so there is one at a time."""
    explores = run_async(dispatcher.dispatch("job")).trial
    for _ in range(3):
        _end_one(dispatcher, clock, run_async, 16)
    following = run_async(dispatcher.dispatch("job")).trial
    assert (following.type, following.batch_size) == (TrialType.EXPLORATION, 32)
    assert run_async(dispatcher.get_trial("job", explores.number)).type is TrialType.CONCURRENT
    assert run_async(settle(dispatcher, explores)).trial.observation == 2


def test_a_job_is_not_stuck_when_all_clients_die(dispatcher, database, clock, run_async, job):
    """Whatever is killed, in the end every size has been given up, or the beliefs decide."""
    for turn in range(200):
        try:
            trial = run_async(make_dispatcher(database, clock).dispatch("job")).trial
        except ExhaustedError:
            break
        if trial.type is TrialType.MAB:
            break
        if turn % 3 == 1 or trial.batch_size == 16:
            run_async(settle(dispatcher, trial, 100.0 + turn))
        else:
            clock.advance(61)
    else:
        pytest.fail("the job never left pruning")


def test_a_clock_that_was_ahead_lets_nobody_wait_for_long(dispatcher, clock, run_async, job):
    """A lease granted by a clock a year ahead lasts a minute from when the clock is right again."""
    clock.advance(365 * 86400)
    run_async(dispatcher.dispatch("job"))
    clock.advance(-365 * 86400)
    assert run_async(dispatcher.dispatch("job")).trial.type is TrialType.CONCURRENT
    clock.advance(61)
    assert run_async(dispatcher.dispatch("job")).trial.type is TrialType.EXPLORATION


def test_a_clock_that_steps_loses_no_work(dispatcher, clock, run_async, job):
    """All trials expire when it steps forth, and go on with their next report; stepping back changes nothing."""
    trials = [run_async(dispatcher.dispatch("job")).trial for _ in range(3)]
    clock.advance(86400)
    assert run_async(dispatcher.expire()) == 3
    clock.advance(-2 * 86400)
    told = [run_async(settle(dispatcher, trial, 100.0 + trial.number)).trial for trial in trials]
    assert [trial.observation for trial in told] == [1, 2, 3]
    assert sum(trial.type is TrialType.EXPLORATION for trial in told) == 1
    assert run_async(dispatcher.dispatch("job")).trial.type is TrialType.EXPLORATION


def test_a_trial_that_ends_at_once_is_one_loss(dispatcher, run_async, job):
    """Even on a clock too coarse to tell its end from its beginning."""
    run_async(dispatcher.dispatch("job"))
    run_async(dispatcher.end("job", None, 1))
    assert run_async(dispatcher.get_job("job")).n_observed == 0
    assert run_async(dispatcher.dispatch("job")).trial.batch_size == 16


@pytest.mark.parametrize("change", [{"beta": 1e300}, {"max_power_w": 1e300}])
def test_no_number_of_a_job_keeps_its_lost_trials_from_being_given_up(dispatcher, clock, run_async, change):
    """What a lost size costs is stored, however large the numbers are that it is reckoned from."""
    run_async(dispatcher.register(spec(**change)))
    if "beta" in change:
        run_async(run_once(dispatcher, 1e50))
    for _ in range(3):
        _lose(dispatcher, clock, run_async)
    assert run_async(dispatcher.expire()) == 1
    lost = run_async(all_trials(dispatcher))[-1]
    assert (lost.observation is not None, lost.cost, lost.converged) == (True, 1e100, False)


def test_a_job_that_cannot_be_swept_harms_no_other(dispatcher, database, clock, run_async, caplog):
    """Its error is logged, and all other jobs' silent trials are given up."""
    for name in ("a", "b", "c"):
        run_async(dispatcher.register(spec(job_id=name, max_failures=1)))
        run_async(dispatcher.dispatch(name))
    run_async(database.run(_spoil))
    clock.advance(61)
    with caplog.at_level(logging.ERROR, "simulator.service"):
        assert run_async(make_dispatcher(database, clock).expire()) == 2
    assert ["job 'b'" in record.getMessage() for record in caplog.records] == [True]
    assert run_async(dispatcher.get_trial("b", 1)).status is TrialStatus.DISPATCHED


async def _spoil(session):
    """Leave nothing that could be read of a job's policy."""
    layer = ServiceLayer(session)
    await layer.get_job("b", lock=True)
    await layer.update_policy("b", revision=1, state={"walk": "lost"})


def test_one_sweep_reaches_every_job(dispatcher, clock, run_async, monkeypatch):
    """However many are asked for at once."""
    monkeypatch.setattr(registrar, "SWEPT", 2)
    for at in range(5):
        run_async(dispatcher.register(spec(job_id=f"job-{at}")))
        run_async(dispatcher.dispatch(f"job-{at}"))
    clock.advance(61)
    assert run_async(dispatcher.expire()) == 5


def test_one_sweep_forgets_all_old_keys(dispatcher, database, clock, run_async, monkeypatch):
    """They come as fast as trials are asked for, so a few a sweep would not do."""
    monkeypatch.setattr(registrar, "FORGOTTEN", 2)
    run_async(dispatcher.register(spec()))
    for at in range(5):
        run_async(dispatcher.dispatch("job", key=f"key-{at}"))
    clock.advance(86401)
    run_async(dispatcher.expire())

    async def read(session):
        return [await ServiceLayer(session).find_key("job", f"dispatch:key-{at}") for at in range(5)]

    assert run_async(database.read(read)) == [None] * 5


def test_a_size_given_up_for_another_exploration_leaves_one_at_most(dispatcher, clock, run_async):
    """One that was lost is the last straw, while an older one of the same size explores it again."""
    run_async(dispatcher.register(spec()))
    older = run_async(dispatcher.dispatch("job")).trial
    _end_one(dispatcher, clock, run_async, 16)
    clock.advance(1)
    beside = run_async(dispatcher.dispatch("job", batch_size=16)).trial
    clock.advance(57)
    run_async(dispatcher.heartbeat("job", beside.number))
    clock.advance(2)
    assert run_async(dispatcher.dispatch("job")).trial.type is TrialType.EXPLORATION
    clock.advance(50)
    run_async(dispatcher.heartbeat("job", beside.number))
    clock.advance(11)
    run_async(dispatcher.expire())
    assert run_async(dispatcher.heartbeat("job", older.number)).type is TrialType.EXPLORATION
    clock.advance(-70)  # the clock was wrong: what ends now ends before the lost one began
    run_async(dispatcher.end("job", None, beside.number))
    assert run_async(dispatcher.get_job("job")).n_observed == 1
    assert run_async(dispatcher.dispatch("job")).trial.batch_size == 32
    running = run_async(dispatcher.list_trials("job", status=TrialStatus.DISPATCHED))
    assert [trial.batch_size for trial in running if trial.type is TrialType.EXPLORATION] == [32]
