"""Power policies other than JIT: full, fixed, and least energy at a bounded slowdown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import PolicyError
from simulator.job import Job
from simulator.policy import create_power

JOB = Job("squad", "bert", "adamw", 84.0, 6)
LIMITS = {16: [100, 150, 250], 32: [100, 250], 64: []}


def test_full_power_is_the_largest_limit_of_the_size():
    """Each batch size has limits of its own; nothing is profiled."""
    policy = create_power("full")
    policy.register_job(JOB, {**LIMITS, 32: [250, 300, 200]})
    assert (policy.predict(JOB, 16), policy.predict(JOB, 32)) == (250, 300)
    for size in (64, 128):
        with pytest.raises(PolicyError, match=r"no power limits are registered .* call register_job"):
            policy.predict(JOB, size)


def test_a_fixed_limit_must_be_offered():
    """The error lists the limits there are: of the whole job at once, of a size when it is its turn."""
    policy = create_power("fixed:150")
    policy.register_job(JOB, LIMITS)
    assert policy.predict(JOB, 16) == 150
    with pytest.raises(PolicyError, match=r"150 W is no power limit of .* at batch size 32, which has 100, 250 W"):
        policy.predict(JOB, 32)
    with pytest.raises(PolicyError, match="at batch size 64, which has none"):
        policy.predict(JOB, 64)
    with pytest.raises(PolicyError, match="no power limits are registered"):
        policy.predict(JOB, 128)
    for spec in ("fixed:175", "fixed:150.5", "fixed:much"):
        with pytest.raises(PolicyError, match=r"is no power limit of .*; there are 100, 150, 250 W"):
            create_power(spec).register_job(JOB, LIMITS)


EPOCHS = st.dictionaries(
    st.integers(50, 400), st.tuples(st.floats(1.0, 1e6), st.floats(1.0, 1e3)), min_size=1, max_size=6
)


@given(EPOCHS, st.sampled_from([0.0, 5.0, 10.0, 1000.0]))
def test_least_energy_that_is_fast_enough(epochs, slowdown):
    """By definition: nothing that is at most s % slower than the largest limit takes less energy than the choice."""
    policy = create_power("bounded-slowdown", slowdown_percent=slowdown)
    assert policy.predict(JOB, 16) is None
    for limit, (energy_j, time_s) in sorted(epochs.items(), reverse=True):
        policy.observe_epoch(JOB, 16, limit, energy_j=energy_j, time_s=time_s)
        policy.observe(JOB, 16, limit, 1.0)
    chosen = policy.predict(JOB, 16)
    bound = (1 + slowdown / 100) * epochs[max(epochs)][1]
    assert epochs[chosen][1] <= bound
    assert epochs[chosen][0] == min(energy for energy, time in epochs.values() if time <= bound)
    assert policy.predict(JOB, 32) is None


def test_no_slowdown_and_ties():
    """With 0 % only limits as fast as the largest compete; of equal energies the one seen first stays."""
    policy = create_power("bounded-slowdown:0")
    for limit, energy, time in (
        (250, 9.0, 10.0),
        (200, 9.0, 10.0),
        (150, 8.0, 10.0),
        (125, 8.0, 10.0),
        (100, 5.0, 11.0),
    ):
        policy.observe_epoch(JOB, 16, limit, energy_j=energy, time_s=time)
    assert policy.predict(JOB, 16) == 150


def test_a_new_profile_replaces_the_old():
    """Profiled again, as a live job may be, the last measurement of a limit counts."""
    policy = create_power("bounded-slowdown:10")
    for energy in (5.0, 50.0):
        policy.observe_epoch(JOB, 16, 250, energy_j=20.0, time_s=10.0)
        policy.observe_epoch(JOB, 16, 200, energy_j=energy, time_s=10.5)
        assert policy.predict(JOB, 16) == (200 if energy < 20 else 250)


@pytest.mark.parametrize("slowdown", [-1, math.nan])
def test_a_slowdown_is_not_negative(slowdown):
    """Nothing is faster than the largest limit on purpose."""
    with pytest.raises(PolicyError, match="0 or more"):
        create_power("bounded-slowdown", slowdown_percent=slowdown)
