"""The mean cost of the batch size that is going to be the cheapest."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import JOB, make_traces

from simulator.trace.clairvoyant import clairvoyant_cost
from simulator.trace.expected import expected_cost

epochs = st.lists(st.sampled_from([2.0, 3.0, 5.0, 19.0, 20.0, 21.0, math.nan]), min_size=1, max_size=4)


def by_enumeration(table, eta):
    """Every combination of draws, each as likely."""
    best = expected_cost(table, eta=eta).argmin(axis=1)
    costs = []
    for size, limit in enumerate(best):
        first, n = table.path_first[0, size, limit], table.path_count[0, size, limit]
        paths = slice(first, first + n)
        of_epoch = eta * table.epoch_energy_j[paths] + (1 - eta) * table.max_power_w * table.epoch_time_s[paths]
        targets = table.target_epoch[paths]
        costs.append([t * c if t <= JOB.max_epochs else math.inf for t, c in zip(targets, of_epoch, strict=True)])
    least = [min(draws) for draws in product(*costs)]
    finite = [cost for cost in least if cost < math.inf]
    return sum(finite) / len(finite) if finite else math.inf


@given(st.lists(epochs, min_size=1, max_size=4), st.floats(0, 1))
def test_it_is_the_mean_over_all_draws(sizes, eta):
    """Equal to enumeration, with ties, failures, and sizes that never reach the target."""
    table = make_traces({8 * 2**k: runs for k, runs in enumerate(sizes)}).table(JOB)
    assert clairvoyant_cost(table, eta=eta) == pytest.approx(by_enumeration(table, eta))


def test_knowing_the_luck_is_worth_something_only_if_there_is_luck():
    """With one run a size it is the oracle; with more it never costs more."""
    certain = make_traces({8: [4.0], 16: [6.0], 32: [20.0]}).table(JOB)
    assert clairvoyant_cost(certain, eta=0.5) == pytest.approx(expected_cost(certain, eta=0.5).min())
    uncertain = make_traces({8: [4.0, 9.0], 16: [6.0, 19.0], 32: [20.0, 10.0]}).table(JOB)
    assert clairvoyant_cost(uncertain, eta=0.5) < expected_cost(uncertain, eta=0.5).min()


def test_a_drifting_job_has_the_mean_over_its_slices():
    """Each slice has draws of its own."""
    slices = [make_traces({8: [4.0 + k, 9.0 + k], 16: [6.0 + k, 19.0 + k]}).table(JOB) for k in range(2)]
    drifting = make_traces({8: [4.0, 9.0], 16: [6.0, 19.0]}, slices=(0, 1)).table(JOB)
    expected = np.mean([clairvoyant_cost(table, eta=0.5) for table in slices])
    assert clairvoyant_cost(drifting, eta=0.5) == pytest.approx(expected)
