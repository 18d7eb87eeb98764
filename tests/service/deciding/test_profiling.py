"""Power limits of live trials are those that the event engine would choose."""

from __future__ import annotations

import math

import pytest
from live_jobs import make_dispatcher, settle, spec

from simulator.cost import weigh_power
from simulator.errors import BadValueError, TrialEndedError
from simulator.policy import JITPowerLimitOptimizer
from simulator.service.deciding.policies import trained

LIMITS = (100, 150, 200)
MEASURED = [(100, 90.0, 14.0), (200, 180.0, 9.0), (150, 140.0, 9.5)]


@pytest.fixture
def job(dispatcher, run_async):
    """A job on two GPUs whose power limits are chosen just in time."""
    fields = {"power_policy": "jit", "power_limits_w": LIMITS, "eta": 0.5, "n_gpus": 2, "max_power_w": 400.0}
    return run_async(dispatcher.register(spec(**fields))).job


def test_a_size_is_profiled_once(dispatcher, database, clock, run_async, job):
    """The largest limit first; later trials of the size have their limit from the beginning, over restarts, too."""
    first = run_async(dispatcher.dispatch("job"))
    assert (first.trial.power_limit_w, first.profile_limits_w) == (None, (200, 150, 100))
    policy, what = JITPowerLimitOptimizer(verbose=False), trained(job.spec)
    for limit, power_w, time_s in sorted(MEASURED, reverse=True):
        policy.observe(what, 16, limit, weigh_power(power_w, time_s, 0.5, 400.0))
    assert run_async(dispatcher.profile("job", 1, MEASURED)) == policy.predict(what, 16) == 150
    assert run_async(dispatcher.get_trial("job", 1)).power_limit_w == 150
    later = run_async(make_dispatcher(database, clock).dispatch("job"))
    assert (later.trial.batch_size, later.trial.power_limit_w, later.profile_limits_w) == (16, 150, None)


def test_a_repeated_profile_changes_nothing(dispatcher, run_async, job):
    """Neither a retry's, nor one of another trial of the size that was under way."""
    for _ in range(2):
        run_async(dispatcher.dispatch("job"))
    assert run_async(dispatcher.profile("job", 1, MEASURED)) == 150
    other = [(limit, 1.0, 1.0 if limit == 100 else 50.0) for limit in LIMITS]
    assert run_async(dispatcher.profile("job", 1, other)) == 150
    assert run_async(dispatcher.profile("job", 2, other)) == 150


@pytest.mark.parametrize(
    "measured",
    [
        [],
        [(125, 1.0, 1.0)],
        [(100, 1.0, 1.0), (100, 1.0, 1.0)],
        [(100, -1.0, 1.0)],
        [(100, math.nan, 1.0)],
        [(100, 1.0, 0.0)],
        [(100, 1.0, math.inf)],
    ],
)
def test_impossible_measurements_are_refused(dispatcher, run_async, job, measured):
    """And leave the size unknown."""
    run_async(dispatcher.dispatch("job"))
    with pytest.raises(BadValueError):
        run_async(dispatcher.profile("job", 1, measured))
    assert run_async(dispatcher.dispatch("job")).profile_limits_w == (200, 150, 100)


def test_a_trial_that_ended_is_not_profiled(dispatcher, run_async, job):
    """Nor does a job without a power policy ask for it."""
    run_async(dispatcher.dispatch("job"))
    run_async(dispatcher.end("job", None, 1))
    with pytest.raises(TrialEndedError):
        run_async(dispatcher.profile("job", 1, MEASURED))
    run_async(dispatcher.register(spec(job_id="plain")))
    assert run_async(dispatcher.dispatch("plain")).profile_limits_w is None
    with pytest.raises(BadValueError, match="no power policy"):
        run_async(dispatcher.profile("plain", 1, MEASURED))


@pytest.mark.parametrize(("policy", "chosen"), [("full", 200), ("fixed:100", 100), ("bounded-slowdown:10", 150)])
def test_other_power_policies_work_as_well(dispatcher, run_async, policy, chosen):
    """Those that need no profile have their limit at once."""
    run_async(dispatcher.register(spec(power_policy=policy, power_limits_w=LIMITS)))
    first = run_async(dispatcher.dispatch("job"))
    if first.profile_limits_w:
        assert run_async(dispatcher.profile("job", 1, MEASURED)) == chosen
    else:
        assert first.trial.power_limit_w == chosen
    assert run_async(settle(dispatcher, first.trial)).trial.power_limit_w == chosen
