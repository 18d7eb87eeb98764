"""Who gets which batch size, and why."""

from __future__ import annotations

import pytest
from live_jobs import make_dispatcher, prune, run_once, settle, spec

from simulator.errors import BadValueError, ExhaustedError, KeyReusedError, UnknownJobError
from simulator.service.model import Stage, TrialType


@pytest.fixture
def job(dispatcher, run_async):
    """A registered job with sizes 8, 16 (the default), 32 and 64."""
    return run_async(dispatcher.register(spec())).job


def test_one_exploration_at_a_time(dispatcher, run_async, job):
    """While a result is awaited, others get the best known size: first the default, then the cheapest."""
    first, beside = (run_async(dispatcher.dispatch("job")).trial for _ in range(2))
    assert [first.type, beside.type] == [TrialType.EXPLORATION, TrialType.CONCURRENT]
    assert (first.batch_size, beside.batch_size) == (16, 16)
    run_async(settle(dispatcher, first, 90.0))
    run_async(settle(dispatcher, run_async(dispatcher.dispatch("job")).trial, 80.0))
    explores, beside = (run_async(dispatcher.dispatch("job")).trial for _ in range(2))
    assert (explores.batch_size, explores.type) == (32, TrialType.EXPLORATION)
    assert (beside.batch_size, beside.type) == (8, TrialType.CONCURRENT)
    assert "trial 4, whose result for batch size 32 is awaited" in beside.reason
    assert "80 J" in beside.reason


def test_a_direction_ends_with_the_first_size_that_fails(dispatcher, run_async, job):
    """From the default down, then up; a round starts from the cheapest of the last one; then beliefs decide."""
    costs = {8: 300.0, 16: 100.0, 32: 90.0, 64: 500.0}
    walked = []
    for _ in range(6):
        trial = run_async(dispatcher.dispatch("job")).trial
        run_async(settle(dispatcher, trial, costs[trial.batch_size] + trial.number))
        walked.append((trial.batch_size, trial.type))
    assert walked == [(size, TrialType.EXPLORATION) for size in (16, 8, 32, 64, 32, 16)]
    assert run_async(dispatcher.get_job("job")).stage is Stage.PRUNING
    assert run_async(dispatcher.get_arms("job")) == []
    trial = run_async(dispatcher.dispatch("job")).trial
    assert trial.type is TrialType.MAB
    assert run_async(dispatcher.get_job("job")).stage is Stage.MAB
    assert [(arm.batch_size, arm.n_observations) for arm in run_async(dispatcher.get_arms("job"))] == [(16, 2), (32, 2)]


def test_beliefs_choose_without_waiting(dispatcher, run_async, job):
    """Once pruning is over any number of trials may be under way."""
    run_async(prune(dispatcher))
    trials = [run_async(dispatcher.dispatch("job")).trial for _ in range(5)]
    assert {trial.type for trial in trials} == {TrialType.MAB}
    assert all("Thompson sampling" in trial.reason for trial in trials)


def test_survivors_with_few_results_come_first(dispatcher, run_async):
    """After one round of pruning each survivor lacks a second result."""
    run_async(dispatcher.register(spec(num_pruning_rounds=1)))
    run_async(prune(dispatcher, rounds=1))
    trials = [run_async(run_once(dispatcher, 100.0 + i)) for i in range(4)]
    assert sorted(trial.batch_size for trial in trials) == [8, 16, 32, 64]
    assert all("fewer than the 2 results" in trial.reason for trial in trials)


def test_a_key_makes_one_trial_of_a_request_and_its_retries(dispatcher, database, clock, run_async, job):
    """The answer is the same over restarts, too, and the key is of use for nothing else."""
    first = run_async(dispatcher.dispatch("job", key="k"))
    assert run_async(make_dispatcher(database, clock).dispatch("job", key="k")) == first
    assert run_async(dispatcher.get_job("job")).last_trial_number == 1
    with pytest.raises(KeyReusedError):
        run_async(dispatcher.dispatch("job", key="k", batch_size=8))
    run_async(dispatcher.register(spec(job_id="other")))
    assert run_async(dispatcher.dispatch("other", key="k")).trial.job_id == "other"


def test_a_key_is_forgotten_after_a_day(dispatcher, clock, run_async, job):
    """Keys do not fill the database."""
    first = run_async(dispatcher.dispatch("job", key="k")).trial
    clock.advance(24 * 3600 + 1)
    run_async(dispatcher.expire())
    assert run_async(dispatcher.dispatch("job", key="k")).trial.number > first.number


def test_a_client_may_choose_a_size(dispatcher, run_async, job):
    """Then the policy is not asked, but hears of the result."""
    trial = run_async(dispatcher.dispatch("job", batch_size=64)).trial
    assert (trial.type, trial.batch_size) == (TrialType.CONCURRENT, 64)
    assert run_async(settle(dispatcher, trial, 50.0)).trial.observation == 1
    assert run_async(dispatcher.dispatch("job")).trial.type is TrialType.EXPLORATION
    with pytest.raises(BadValueError, match="8, 16, 32, 64"):
        run_async(dispatcher.dispatch("job", batch_size=12))


def test_a_job_whose_sizes_all_fail_is_exhausted(dispatcher, database, run_async, job):
    """That is said, stored, and said again, whatever was restarted."""
    run_async(run_once(dispatcher, reached=False))
    run_async(run_once(dispatcher, reached=False))
    for who in (dispatcher, make_dispatcher(database), dispatcher):
        with pytest.raises(ExhaustedError, match="none reached the target"):
            run_async(who.dispatch("job"))
        assert run_async(who.get_job("job")).exhausted
    assert run_async(dispatcher.get_job("job")).last_trial_number == 2


def test_jobs_that_do_not_exist_have_no_trials(dispatcher, run_async):
    """Nothing is made of an unknown id."""
    with pytest.raises(UnknownJobError):
        run_async(dispatcher.dispatch("nobody"))


@pytest.mark.parametrize(
    ("policy", "words"),
    [("default", "Policy «Default» chose 16"), ("ucb", "Expected cost until"), ("gts", "fewer than the 2 results")],
)
def test_every_policy_gives_its_reason(dispatcher, run_async, policy, words):
    """In words, with numbers where it has them."""
    run_async(dispatcher.register(spec(policy=policy)))
    assert words in run_async(run_once(dispatcher)).reason


def test_a_trial_is_explained(dispatcher, run_async, job):
    """Why it has its size, and what became of it."""
    run_async(run_once(dispatcher, 90.0))
    run_async(run_once(dispatcher, 120.0))
    trial = run_async(dispatcher.dispatch("job")).trial
    why = run_async(dispatcher.explain("job", trial.number))
    assert why.reason == (
        "Explores: pruning round 1 of 2 over 8, 16, 32, 64 began at 16 and goes up to 32; converged in it so far: 8, "
        "16, cheapest 16 with 90 J."
    )
    assert why.outcome == "It is under way."
    run_async(dispatcher.end("job", None, trial.number))
    assert run_async(dispatcher.explain("job", 3)).outcome == "Its client ended it."
    assert "handed out again" in run_async(dispatcher.dispatch("job")).trial.reason
    assert run_async(dispatcher.explain("job", 1)).outcome == (
        "It reached its target, and cost 90 J. The policy was told: it is its result 1."
    )
