"""Gaussian Thompson sampling over all sizes: the published optimizer's choices, to the last bit."""

from __future__ import annotations

import math
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeus._legacy.policy.optimizer import GTSBatchSizeOptimizer as PublishedGTS

from simulator.errors import PolicyError
from simulator.job import Job
from simulator.policy import GTSBatchSizeOptimizer, create

JOB = Job("squad", "bert", "adamw", 84.0, 6)
COSTS = st.sampled_from([1.0, 2.0, 2.0, 3.5, 1e-3, 1e9]) | st.floats(1e-3, 1e9)


@st.composite
def plays(draw):
    """A GTS policy's arguments, batch sizes, and what happens: None asks, (position, cost, converged) tells."""
    sizes = draw(st.lists(st.integers(1, 4096), min_size=1, max_size=5, unique=True))
    precision = st.sampled_from([0.0, 1e-4, 1.0, math.inf]) | st.floats(1e-9, 1e3)
    options = {
        "learn_reward_precision": draw(st.booleans()),
        "reward_precision": draw(precision | st.lists(precision, min_size=len(sizes), max_size=len(sizes))),
        "prior_mean": draw(st.floats(-1e6, 1e6)),
        "prior_precision": draw(st.sampled_from([0.0, 1.0]) | st.floats(1e-9, 1e3)),
        "num_exploration": draw(st.integers(0, 3)),
        "seed": draw(st.integers(0, 2**32)),
    }
    told = st.tuples(st.integers(0, len(sizes) - 1), COSTS, st.sampled_from([True, False, None]))
    return options, sizes, draw(st.lists(st.none() | told, max_size=40))


@given(plays())
def test_choices_are_the_published_ones(play):
    """Whatever is told, in whatever order, ours chooses what the published optimizer does."""
    options, sizes, deeds = play
    ours, published = GTSBatchSizeOptimizer(**options, verbose=False), PublishedGTS(**options, verbose=False)
    for policy in (ours, published):
        policy.register_job(JOB, list(sizes))
    for deed in deeds:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the published one warns of cold arms and of divisions by zero
            if deed is None:
                wanted = published.predict(JOB)
            else:
                published.observe(JOB, sizes[deed[0]], *deed[1:])
        if deed is None:
            assert ours.predict(JOB) == wanted
        else:
            ours.observe(JOB, sizes[deed[0]], *deed[1:])


def test_the_registered_one_learns_precision_after_two_runs():
    """`gts` by name is the published script's: learned reward precision, two runs of each size."""
    policy = create("gts", seed=3)
    assert (policy.learn_reward_precision, policy.num_exploration, policy.seed, policy.verbose) == (True, 2, 3, False)


def test_as_many_precisions_as_sizes():
    """A list of reward precisions of another length is refused; the published one fails later, or drops some."""
    policy = GTSBatchSizeOptimizer(False, reward_precision=[1.0, 2.0], verbose=False)
    with pytest.raises(PolicyError, match="2 reward precisions for the 3 batch sizes"):
        policy.register_job(JOB, [8, 16, 32])
