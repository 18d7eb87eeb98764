"""Oracles: what was recorded is known, and the cheapest expected configuration is taken."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from simulator.errors import PolicyError
from simulator.job import Job
from simulator.policy import create, create_power
from simulator.trace.traces import Traces

WORKLOAD = {"dataset": "d", "network": "n", "optimizer": "adam"}


def make_table(job, paths, epochs):
    """A job's table from target epochs by size, and (time [s], power [W]) of an epoch by size and limit."""
    train = [
        {**WORKLOAD, "batch_size": size, "target_metric": 0.9, "target_epoch": epoch}
        for size, targets in paths.items()
        for epoch in targets
    ]
    power = [
        {**WORKLOAD, "batch_size": size, "power_limit": limit, "time_per_epoch": time, "average_power": watts}
        for (size, limit), (time, watts) in epochs.items()
    ]
    return Traces(train=pd.DataFrame(train), power=pd.DataFrame(power)).table(job)


JOB = Job("d", "n", "adam", 0.9, 10, default_bs=32)
#: 16 is the quickest and cheapest if it works, which is once in four times; 32 always works; 64 never does.
PATHS = {16: [2.0, math.nan, 12.0, math.nan], 32: [4.0, 6.0], 64: [math.nan]}
EPOCHS = {
    (16, 100): (12.0, 90.0),
    (16, 200): (10.0, 180.0),
    (32, 100): (12.0, 95.0),
    (32, 200): (10.0, 190.0),
    (64, 100): (30.0, 95.0),
    (64, 200): (10.0, 190.0),
}


@pytest.fixture
def table():
    return make_table(JOB, PATHS, EPOCHS)


@pytest.mark.parametrize(("eta", "limit"), [(1.0, 100), (0.0, 200)])
def test_failures_are_reckoned_with(table, eta, limit):
    """The size that wins when it works is not taken, for it fails too often; energy or time chooses the limit."""
    policy, power = create("oracle"), create_power("oracle")
    for oracle in (policy, power):
        oracle.reveal(JOB, table, eta=eta)
    policy.register_job(JOB, [16, 32, 64])
    assert policy.predict(JOB) == 32
    assert power.predict(JOB, 32) == limit


def test_a_hopeless_size_fails_as_cheaply_as_it_can(table):
    """Where the target is never reached, the limit with the cheaper attempts is taken: here the faster one."""
    power = create_power("oracle")
    power.reveal(JOB, table, eta=0.5)
    assert power.predict(JOB, 64) == 200


def test_a_limit_is_judged_by_the_slices_that_fail():
    """If epochs drift as well, the limit that is cheap where attempts fail wins over the one with cheap attempts."""
    drift = {"target_metric": 0.9, "batch_size": 32, **WORKLOAD}
    targets = [(0, 10.0), (1, 10.0), *[(1, math.nan)] * 9]
    train = pd.DataFrame([{**drift, "slice": at, "target_epoch": epoch} for at, epoch in targets])
    times = {(0, 100): 1.0, (1, 100): 10.0, (0, 200): 12.0, (1, 200): 5.0}
    power = pd.DataFrame(
        [
            {
                **WORKLOAD,
                "batch_size": 32,
                "slice": at,
                "power_limit": limit,
                "time_per_epoch": time,
                "average_power": 90.0,
            }
            for (at, limit), time in times.items()
        ]
    )
    oracle = create_power("oracle")
    oracle.reveal(JOB, Traces(train=train, power=power).table(JOB), eta=1.0)
    assert oracle.predict(JOB, 32) == 200


def test_the_last_look_counts(table):
    """Revealed again with another trace, the oracle knows better, though it was registered before."""
    policy = create("oracle")
    policy.reveal(JOB, table, eta=0.5)
    policy.register_job(JOB, [16, 32, 64])
    policy.reveal(JOB, make_table(JOB, {**PATHS, 16: [2.0]}, EPOCHS), eta=0.5)
    assert policy.predict(JOB) == 16


def test_ties_go_to_the_default():
    """Equally cheap sizes, or none that works: the user's default."""
    same = dict.fromkeys([(size, 100) for size in (16, 32, 64)], (10.0, 90.0))
    for targets in ([3.0], [math.nan]):
        policy = create("oracle")
        policy.reveal(JOB, make_table(JOB, dict.fromkeys((16, 32, 64), targets), same), eta=0.5)
        policy.register_job(JOB, [16, 32, 64])
        assert policy.predict(JOB) == 32


def test_an_oracle_that_has_seen_nothing_says_so():
    """Without a trace there is no hindsight."""
    with pytest.raises(PolicyError, match="call reveal first"):
        create("oracle").register_job(JOB, [16])
    with pytest.raises(PolicyError, match="at batch size 16; call reveal first"):
        create_power("oracle").predict(JOB, 16)
