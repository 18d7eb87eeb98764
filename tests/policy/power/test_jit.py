"""Just-in-time power limits: the published optimizer's choices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from zeus._legacy.policy import JITPowerLimitOptimizer as PublishedJIT

from simulator.job import Job
from simulator.policy import JITPowerLimitOptimizer

JOBS = [Job("squad", "bert", "adamw", 84.0, 6), Job("squad", "bert", "adamw", 80.0, 6)]
KNOBS = (st.sampled_from(JOBS), st.sampled_from([16, 32]))
TOLD = st.tuples(*KNOBS, st.sampled_from([100, 150, 200]), st.sampled_from([1.0, 2.0]) | st.floats(1e-3, 1e9))


@given(st.lists(st.tuples(*KNOBS) | TOLD, max_size=40))
def test_choices_are_the_published_ones(deeds):
    """Whatever is told of whichever job and size, ties included, ours chooses what the published optimizer does."""
    ours, published = JITPowerLimitOptimizer(verbose=False), PublishedJIT(verbose=False)
    for deed in deeds:
        if len(deed) == 2:
            assert ours.predict(*deed) == published.predict(*deed)
        else:
            ours.observe(*deed)
            published.observe(*deed)


def test_the_first_of_a_tie_stays():
    """Of two limits with the same cost the one that was told first is kept: the larger, as profiling goes."""
    policy = JITPowerLimitOptimizer(verbose=False)
    for limit in (200, 150, 100):
        policy.observe(JOBS[0], 32, limit, 7.0)
    assert policy.predict(JOBS[0], 32) == 200
