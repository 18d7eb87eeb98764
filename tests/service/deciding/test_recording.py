"""What ran without the service is not learned anew."""

from __future__ import annotations

import pytest
from live_jobs import Offline, all_trials, settle, spec, stored_state

from simulator.errors import BadValueError, KeyReusedError
from simulator.service.deciding.results import RecordedRun
from simulator.service.model import Ending, Stage, TrialStatus, TrialType


def _run(batch_size, energy_j=100.0, **fields):
    return RecordedRun(batch_size=batch_size, energy_j=energy_j, time_s=1.0, **{"converged": True} | fields)


@pytest.fixture
def job(dispatcher, run_async):
    """A registered job with sizes 8, 16 (the default), 32 and 64."""
    return run_async(dispatcher.register(spec())).job


def test_runs_are_taken_in_the_order_in_which_the_policy_asks(dispatcher, database, run_async, job):
    """The rest it is told afterwards, and its state is that of a policy that lived through it."""
    runs = [_run(64, 130.0), _run(8, 90.0, converged=False), _run(16, 95.0, epoch=3, metric=0.7), _run(32, 80.0)]
    runs += [_run(8, 70.0)]
    trials = run_async(dispatcher.record("job", runs))
    walk = [(16, TrialType.EXPLORATION), (8, TrialType.EXPLORATION), (32, TrialType.EXPLORATION)]
    assert [(trial.batch_size, trial.type) for trial in trials] == [
        *walk,
        (64, TrialType.EXPLORATION),
        (8, TrialType.CONCURRENT),
    ]
    assert [trial.observation for trial in trials] == [1, 2, 3, 4, 5]
    assert {(trial.status, trial.ending) for trial in trials} == {(TrialStatus.SUCCEEDED, Ending.RECORDED)}
    assert trials == run_async(all_trials(dispatcher))
    offline = Offline(job.spec)
    for size, cost, converged in ((16, 95.0, True), (8, 90.0, False), (32, 80.0, True), (64, 130.0, True)):
        assert offline.next_size() == size
        offline.policy.observe(offline.job, size, cost, converged)
    assert offline.next_size() == 32
    offline.policy.observe(offline.job, 8, 70.0, True)
    assert run_async(stored_state(database, "job")) == offline.state
    now = run_async(dispatcher.get_job("job"))
    assert (now.min_cost, now.min_cost_batch_size, now.n_observed) == (70.0, 8, 5)


def test_a_size_that_was_asked_for_and_not_recorded_comes_next(dispatcher, run_async, job):
    """As an exploration."""
    run_async(dispatcher.record("job", [_run(16), _run(64)]))
    trial = run_async(dispatcher.dispatch("job")).trial
    assert (trial.batch_size, trial.type) == (8, TrialType.EXPLORATION)


def test_enough_runs_spare_all_exploration(dispatcher, run_async, job):
    """The first trial that is handed out is chosen by beliefs."""
    runs = [_run(size, 100.0 + size + i) for size in job.spec.batch_sizes for i in range(2)]
    run_async(dispatcher.record("job", runs))
    assert run_async(dispatcher.dispatch("job")).trial.type is TrialType.MAB
    assert run_async(dispatcher.get_job("job")).stage is Stage.MAB


def test_runs_may_come_while_trials_are_under_way(dispatcher, run_async, job):
    """One of the awaited size is the exploration then."""
    trial = run_async(dispatcher.dispatch("job")).trial
    (recorded, _) = run_async(dispatcher.record("job", [_run(16, 100.0), _run(64, 120.0)]))
    assert recorded.type is TrialType.EXPLORATION
    assert run_async(dispatcher.get_trial("job", trial.number)).type is TrialType.CONCURRENT
    assert run_async(dispatcher.dispatch("job")).trial.batch_size == 8
    assert run_async(settle(dispatcher, trial)).trial.observation == 3


def test_an_import_happens_once(dispatcher, clock, run_async, job):
    """A repetition with its key, even after weeks, returns the same trials."""
    first = run_async(dispatcher.record("job", [_run(16), _run(8)], key="import"))
    clock.advance(30 * 86400)
    run_async(dispatcher.expire())
    assert run_async(dispatcher.record("job", [_run(16), _run(8)], key="import")) == first
    assert len(run_async(all_trials(dispatcher))) == 2
    with pytest.raises(KeyReusedError):
        run_async(dispatcher.record("job", [_run(16)], key="import"))


def test_a_cost_that_is_given_is_told(dispatcher, run_async, job):
    """Instead of that of energy and time: the run may not have afforded an epoch."""
    (trial,) = run_async(dispatcher.record("job", [_run(16, 0.0, cost=5000.0, converged=False)]))
    assert (trial.cost, trial.energy_j) == (5000.0, 0.0)


@pytest.mark.parametrize("run", [_run(12), _run(8, -1.0), _run(8, cost=float("nan")), _run(8, epoch=-1)])
def test_impossible_runs_are_refused_all_together(dispatcher, run_async, job, run):
    """Nothing is entered if one of them is wrong."""
    with pytest.raises(BadValueError):
        run_async(dispatcher.record("job", [_run(16), run]))
    assert run_async(all_trials(dispatcher)) == []
    assert run_async(dispatcher.dispatch("job")).trial.batch_size == 16


def test_nothing_may_be_recorded(dispatcher, run_async, job):
    """Which changes nothing."""
    assert run_async(dispatcher.record("job", [])) == []
    assert run_async(dispatcher.get_job("job")) == job
