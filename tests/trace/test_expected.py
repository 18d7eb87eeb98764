"""Expected energy, time and cost until the target is reached."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.job import Job
from simulator.trace.expected import attempt_cost, expected_cost, expected_energy_time
from simulator.trace.traces import Traces

JOB = Job("d", "n", "adam", 0.9, 10)
WORKLOAD = {"dataset": "d", "network": "n", "optimizer": "adam"}
SIZES, LIMITS = [8, 16, 32], [100, 250]


def make_table(targets, epochs):
    """A table from target epochs by (slice, size), and (time [s], power [W]) of an epoch by (size, limit)."""
    train = pd.DataFrame(
        [
            {**WORKLOAD, "slice": at, "batch_size": size, "target_metric": 0.9, "target_epoch": float(epoch)}
            for (at, size), paths in targets.items()
            for epoch in paths
        ]
    )
    power = pd.DataFrame(
        [
            {**WORKLOAD, "batch_size": size, "power_limit": limit, "time_per_epoch": time, "average_power": watts}
            for (size, limit), (time, watts) in epochs.items()
        ]
    )
    return Traces(train=train, power=power).table(JOB)


@st.composite
def recorded(draw):
    """Targets and epochs of a random small trace, with hopeless sizes and missing cells."""
    paths = st.lists(st.sampled_from([1, 3, 10, 11, math.nan]), min_size=1, max_size=4)
    slices = range(draw(st.integers(1, 3)))
    targets = {(at, size): draw(paths) for at in slices for size in SIZES if size == 8 or draw(st.booleans())}
    amount = st.floats(0.5, 500.0)
    epochs = {
        (size, limit): (draw(amount), draw(amount))
        for size in SIZES
        for limit in LIMITS
        if (size, limit) == (8, 250) or draw(st.booleans())
    }
    return targets, epochs


def by_hand(targets, epochs, at, size, limit):
    """Energy [J] and time [s] until the target, path by path."""
    paths = targets.get((at, size), [])
    if (size, limit) not in epochs or not any(epoch <= 10 for epoch in paths):
        return math.inf, math.inf
    time, watts = epochs[size, limit]
    lasted = [epoch if epoch <= 10 else 10 for epoch in paths]
    time_s = sum(lasted) / len(paths) * time / (sum(epoch <= 10 for epoch in paths) / len(paths))
    return time_s * watts, time_s


@given(recorded(), st.sampled_from([0.0, 0.3, 1.0]))
def test_expectations_are_means_over_paths_and_slices(trace, eta):
    """Attempts' mean over the share that reach the target, averaged over slices; infinite where that is never."""
    targets, epochs = trace
    table = make_table(targets, epochs)
    energy, time = expected_energy_time(table)
    cost = expected_cost(table, eta=eta)
    assert energy.shape == time.shape == cost.shape == (len(table.batch_sizes), len(table.power_limits_w))
    for i, size in enumerate(table.batch_sizes.tolist()):
        for j, limit in enumerate(table.power_limits_w.tolist()):
            hand = [by_hand(targets, epochs, at, size, limit) for at in table.slices.tolist()]
            energy_j, time_s = np.mean(hand, axis=0)
            assert (energy[i, j], time[i, j]) == pytest.approx((energy_j, time_s))
            wanted = eta * energy_j + (1 - eta) * table.max_power_w * time_s if time_s < math.inf else math.inf
            assert cost[i, j] == pytest.approx(wanted)


def test_simulated_attempts_agree():
    """Attempts drawn until one reaches the target cost, on average, what is expected: within 4 standard errors."""
    targets, epochs = {(0, 8): [2, 9, 12, math.nan]}, {(8, 250): (7.0, 180.0)}
    energy, time = expected_energy_time(make_table(targets, epochs))
    rng = np.random.default_rng(1)
    totals = []
    for _ in range(20_000):
        lasted, reached = 0.0, False
        while not reached:
            epoch = rng.choice(targets[0, 8])
            reached = epoch <= JOB.max_epochs
            lasted += epoch if reached else JOB.max_epochs
        totals.append(lasted * 7.0)
    error = np.std(totals) / math.sqrt(len(totals))
    assert abs(np.mean(totals) - time[0, 0]) < 4 * error
    assert energy[0, 0] == pytest.approx(180.0 * time[0, 0])


def test_an_attempt_costs_something_even_if_it_is_in_vain():
    """A hopeless size has an infinite expected cost, and attempts of max_epochs epochs; a missing cell has neither."""
    table = make_table({(0, 8): [math.nan], (0, 16): [5]}, {(8, 250): (7.0, 100.0), (16, 100): (7.0, 100.0)})
    finite = 5 * 7.0 * (0.5 * 100 + 0.5 * 250)
    assert expected_cost(table, eta=0.5).tolist() == [[math.inf, math.inf], [finite, math.inf]]
    assert attempt_cost(table, eta=1.0).tolist() == [[math.inf, 7000.0], [3500.0, math.inf]]


def test_published_traces_have_a_cheapest_configuration(published_traces):
    """On a V100, squad's cheapest expected configuration is finite, and cheaper than the default at full power."""
    from simulator.trace.read import read_traces

    job = Job("squad", "bert_base_uncased", "adamw", 84.0, 6, default_bs=32)
    table = read_traces(published_traces, gpu="v100").table(job)
    cost = expected_cost(table, eta=0.5)
    default = cost[table.batch_sizes.tolist().index(32), -1]
    assert np.isfinite(default)
    assert cost.min() < default
