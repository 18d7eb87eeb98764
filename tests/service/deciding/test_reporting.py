"""What trials report, and what they are told."""

from __future__ import annotations

import math

import pytest
from live_jobs import prune, run_once, settle, spec

from simulator.errors import BadValueError, TrialEndedError, UnknownJobError, UnknownTrialError
from simulator.service.model import Ending, TrialStatus, TrialType


@pytest.fixture
def job(dispatcher, run_async):
    """A registered job whose cost is its energy; its target is 0.5, it may take 10 epochs, and β is 2."""
    return run_async(dispatcher.register(spec())).job


@pytest.fixture
def trial(dispatcher, run_async, job):
    """Its first trial."""
    return run_async(dispatcher.dispatch("job")).trial


def _report(dispatcher, trial, *, energy_j=10.0, metric=0.1, epoch=1, **changes):
    fields = {"energy_j": energy_j, "time_s": 1.0, "metric": metric, "epoch": epoch} | changes
    return dispatcher.report("job", trial.batch_size, trial.number, **fields)


def test_a_trial_goes_on_below_its_target(dispatcher, run_async, trial):
    """Its progress is stored, and the policy hears nothing yet."""
    told = run_async(_report(dispatcher, trial, energy_j=20.0, metric=0.3, epoch=4))
    assert (told.stop, told.converged, told.repeated) == (False, False, False)
    stored = run_async(dispatcher.get_trial("job", 1))
    assert (stored.status, stored.epoch, stored.energy_j, stored.metric) == (TrialStatus.DISPATCHED, 4, 20.0, 0.3)
    assert run_async(dispatcher.get_job("job")).n_observed == 0


@pytest.mark.parametrize(("metric", "higher", "reached"), [(0.5, True, True), (0.4, True, False), (0.5, False, True)])
def test_reaching_the_target_exactly_is_enough(dispatcher, run_async, metric, higher, reached):
    """From below or from above, as the job says."""
    run_async(dispatcher.register(spec(higher_is_better=higher)))
    trial = run_async(dispatcher.dispatch("job")).trial
    told = run_async(_report(dispatcher, trial, metric=metric))
    assert (told.stop, told.converged) == (reached, reached)


@pytest.mark.parametrize("metric", [math.nan, -math.inf])
def test_a_metric_that_is_no_number_reaches_nothing(dispatcher, run_async, trial, metric):
    """It is not stored, and the trial ends with its epochs."""
    assert not run_async(_report(dispatcher, trial, metric=metric)).stop
    told = run_async(_report(dispatcher, trial, metric=metric, epoch=10))
    assert (told.stop, told.converged, told.trial.metric) == (True, False, None)


def test_a_trial_that_costs_beta_times_the_lowest_goes_on(dispatcher, run_async, job):
    """One that costs more is stopped, even if it has reached the target."""
    run_async(run_once(dispatcher, 50.0))
    trial = run_async(dispatcher.dispatch("job")).trial
    assert not run_async(_report(dispatcher, trial, energy_j=100.0)).stop
    told = run_async(_report(dispatcher, trial, energy_j=100.01, metric=1.0))
    assert (told.stop, told.converged) == (True, False)
    assert "exceeds the bound of 100 J" in told.message


def test_without_beta_nothing_is_stopped_early(dispatcher, run_async):
    """However much it costs."""
    run_async(dispatcher.register(spec(beta=None)))
    run_async(run_once(dispatcher, 50.0))
    trial = run_async(dispatcher.dispatch("job")).trial
    assert not run_async(_report(dispatcher, trial, energy_j=1e9)).stop


def test_a_final_report_is_stored_once(dispatcher, run_async, trial):
    """Its repetition, even with other numbers, gets the stored answer and changes nothing."""
    first = run_async(_report(dispatcher, trial, metric=0.9, energy_j=30.0))
    before = run_async(dispatcher.get_job("job"))
    again = run_async(_report(dispatcher, trial, metric=0.0, energy_j=7.0, epoch=2))
    assert (again.stop, again.converged, again.repeated) == (True, True, True)
    assert "is already reported." in again.message
    assert again.trial == first.trial
    assert run_async(dispatcher.get_job("job")) == before
    assert run_async(dispatcher.end("job", None, 1)) == first.trial
    assert run_async(dispatcher.heartbeat("job", 1)) == first.trial


def test_the_lowest_cost_is_one_of_trials_that_converged(dispatcher, run_async, job):
    """A cheap failure is no model to follow, and the cost of failures does not count."""
    run_async(run_once(dispatcher, 90.0))
    run_async(run_once(dispatcher, 10.0, reached=False))
    now = run_async(dispatcher.get_job("job"))
    assert (now.min_cost, now.min_cost_batch_size) == (90.0, 16)
    run_async(run_once(dispatcher, 80.0))
    now = run_async(dispatcher.get_job("job"))
    assert (now.min_cost, now.min_cost_batch_size) == (80.0, 32)


def test_an_overtaken_report_does_not_turn_back_progress(dispatcher, run_async, trial):
    """A retry of an older report may arrive last."""
    run_async(_report(dispatcher, trial, energy_j=40.0, epoch=4))
    assert not run_async(_report(dispatcher, trial, energy_j=30.0, epoch=3)).stop
    stored = run_async(dispatcher.get_trial("job", 1))
    assert (stored.epoch, stored.energy_j) == (4, 40.0)


def test_a_concurrent_trial_may_report_after_pruning(dispatcher, run_async, job):
    """It counts for the belief about its size."""
    run_async(dispatcher.dispatch("job"))
    beside = run_async(dispatcher.dispatch("job")).trial
    run_async(settle(dispatcher, run_async(dispatcher.get_trial("job", 1)), 100.0))
    for _ in range(7):
        run_async(run_once(dispatcher, 101.0))
    run_async(dispatcher.dispatch("job"))
    counts = {arm.batch_size: arm.n_observations for arm in run_async(dispatcher.get_arms("job"))}
    told = run_async(settle(dispatcher, beside, 99.0))
    assert (told.converged, told.trial.observation) == (True, 9)
    counts[beside.batch_size] += 1
    assert {arm.batch_size: arm.n_observations for arm in run_async(dispatcher.get_arms("job"))} == counts


def test_whoever_reports_the_awaited_size_first_is_the_exploration(dispatcher, run_async, trial):
    """The one that was handed out as such then is one of those beside, so there is one at a time."""
    beside = run_async(dispatcher.dispatch("job")).trial
    assert run_async(settle(dispatcher, beside)).trial.type is TrialType.EXPLORATION
    assert run_async(dispatcher.get_trial("job", 1)).type is TrialType.CONCURRENT
    following = run_async(dispatcher.dispatch("job")).trial
    assert (following.type, following.batch_size) == (TrialType.EXPLORATION, 8)
    assert run_async(settle(dispatcher, trial)).trial.observation == 2


def test_an_ended_trial_takes_no_report(dispatcher, run_async, trial):
    """Its client said that it would send none."""
    ended = run_async(dispatcher.end("job", trial.batch_size, 1))
    assert (ended.status, ended.ending) == (TrialStatus.FAILED, Ending.ENDED)
    for late in (settle(dispatcher, trial), dispatcher.heartbeat("job", 1)):
        with pytest.raises(TrialEndedError):
            run_async(late)
    with pytest.raises(TrialEndedError):
        run_async(dispatcher.finish("job", 1, energy_j=1, time_s=1, converged=True))
    assert run_async(dispatcher.end("job", None, 1)) == ended


def test_a_known_outcome_is_taken_as_it_is(dispatcher, run_async, trial):
    """Whatever the bound would say; a cost that is given is told instead of the computed one."""
    told = run_async(dispatcher.finish("job", 1, energy_j=10, time_s=2, converged=False, cost=4000.0, epoch=3))
    assert (told.stop, told.converged, told.trial.cost, told.trial.epoch) == (True, False, 4000.0, 3)
    assert run_async(dispatcher.finish("job", 1, energy_j=0, time_s=0, converged=True)).repeated


@pytest.mark.parametrize(
    "change",
    [
        {"energy_j": -1.0},
        {"energy_j": math.nan},
        {"time_s": math.inf},
        {"time_s": -0.1},
        {"epoch": -1},
        {"energy_j": 1e300},
    ],
)
def test_impossible_amounts_are_refused(dispatcher, run_async, trial, change):
    """And leave the trial as it was."""
    with pytest.raises(BadValueError, match=next(iter(change))):
        run_async(_report(dispatcher, trial, **change))
    assert run_async(dispatcher.get_trial("job", 1)) == trial


def test_a_trial_is_known_by_job_number_and_size(dispatcher, run_async, trial):
    """Any other is unknown, and the error says which is the latest."""
    with pytest.raises(UnknownJobError):
        run_async(dispatcher.report("x", 16, 1, energy_j=1, time_s=1, metric=1, epoch=1))
    for size, number in ((32, 1), (16, 2), (None, 0), (None, -1)):
        with pytest.raises(UnknownTrialError, match="latest is 1"):
            run_async(dispatcher.report("job", size, number, energy_j=1, time_s=1, metric=1, epoch=1))
        with pytest.raises(UnknownTrialError):
            run_async(dispatcher.end("job", size, number))


def test_beliefs_rest_on_the_window(dispatcher, run_async):
    """Of the latest results alone, the one just reported included, of every type and converged or not."""
    run_async(dispatcher.register(spec(window_size=2, batch_sizes=(8,), default_batch_size=8)))
    for cost in (100.0, 120.0, 130.0):
        run_async(run_once(dispatcher, cost))
    run_async(run_once(dispatcher, 150.0, reached=False))
    (arm,) = run_async(dispatcher.get_arms("job"))
    assert (arm.mean, arm.n_observations, arm.reward_precision) == (-140.0, 2, 1 / 100)


def test_equal_results_make_certain_beliefs(dispatcher, run_async):
    """An infinite precision is stored as such, on every database."""
    run_async(dispatcher.register(spec(batch_sizes=(8,), default_batch_size=8)))
    for _ in range(3):
        run_async(run_once(dispatcher, 100.0))
    (arm,) = run_async(dispatcher.get_arms("job"))
    assert (arm.mean, arm.precision, arm.reward_precision) == (-100.0, math.inf, math.inf)


def test_all_pruning_results_count_for_the_first_beliefs(dispatcher, run_async, job):
    """One reward a round."""
    run_async(prune(dispatcher))
    run_async(dispatcher.dispatch("job"))
    assert {arm.n_observations for arm in run_async(dispatcher.get_arms("job"))} == {2}
