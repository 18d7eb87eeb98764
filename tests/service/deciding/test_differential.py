"""The service decides as the policy alone does: same seed and results, same sizes and state, to the last bit."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_jobs import Offline, Turns, spec, stored_state

from simulator.errors import ExhaustedError
from simulator.policy import names

POLICIES = [
    *(name for name in names() if name != "oracle"),
    "pruning-gts",
    "pruning-gts:num_exploration=0",
    "gts:num_exploration=1,prior_precision=0.5",
    "epsilon-greedy:0.5",
]
AMOUNTS = st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e6), st.floats(0, 1e90))

jobs = st.builds(
    lambda sizes, default, **fields: spec(
        job_id=None, job_id_prefix="job", batch_sizes=sizes, default_batch_size=sizes[default % len(sizes)], **fields
    ),
    st.lists(st.integers(1, 2**20), min_size=1, max_size=6, unique=True),
    st.integers(0, 5),
    policy=st.sampled_from(POLICIES),
    eta=st.floats(0, 1),
    beta=st.none() | st.floats(0.5, 4),
    window_size=st.sampled_from([0, 0, 3, 4]),
    prior_mean=st.floats(-1e3, 1e3),
    prior_precision=st.just(0.0) | st.floats(0, 10),
    num_pruning_rounds=st.integers(1, 3),
    num_exploration=st.integers(0, 3),
    seed=st.integers(0, 2**63 - 1),
    max_power_w=st.floats(1, 1000),
)
#: Who is asked (two dispatchers in turns, or a new one); whether it hands out a trial; which one it hears of; energy,
#: time, and whether the target was reached.
steps = st.lists(
    st.tuples(
        st.integers(0, 2), st.booleans(), st.integers(0, 9), AMOUNTS, AMOUNTS, st.sampled_from([True, True, False])
    ),
    min_size=10,
    max_size=50,
)


async def _play(database, job, script):
    """Play a script through service and policy, which must agree after each step."""
    turns = Turns(database)
    job = (await turns[0].register(job)).job
    offline = Offline(job.spec)
    running = []
    for who, hands_out, which, energy_j, time_s, reached in script:
        dispatcher = turns[who]
        if hands_out or not running:
            expected = offline.next_size()
            if expected is None:
                with pytest.raises(ExhaustedError):
                    await dispatcher.dispatch(job.job_id)
            else:
                trial = (await dispatcher.dispatch(job.job_id)).trial
                assert trial.batch_size == expected
                running.append(trial)
        else:
            trial = running.pop(which % len(running))
            reported = await dispatcher.report(
                job.job_id,
                trial.batch_size,
                trial.number,
                energy_j=energy_j,
                time_s=time_s,
                metric=1.0 if reached else 0.0,
                epoch=10,
            )
            converged = offline.settle(trial.batch_size, energy_j, time_s, reached=reached)
            assert (reported.stop, reported.converged) == (True, converged)
            assert reported.trial.observation == offline.told
        assert await stored_state(database, job.job_id) == offline.state
    now = await turns[0].get_job(job.job_id)
    assert (now.min_cost, now.min_cost_batch_size) == (
        None if offline.lowest == float("inf") else offline.lowest,
        offline.best,
    )


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(job=jobs, script=steps)
def test_the_service_decides_as_the_policy_alone_does(database, run_async, job, script):
    """Whoever is asked, and whatever overlaps, sizes and state are those of the policy object."""
    run_async(_play(database, job, script))
