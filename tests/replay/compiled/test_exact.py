"""The vectorized engine comes to what the event engine comes to, to the last bit: random small traces and knobs."""

from __future__ import annotations

import pandas as pd
from engines import SEEDS_OF_ALL_SIZES, both
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from small_traces import KNOBS, LIMITS, MAX_EPOCHS, submissions, traces

from simulator import Job, SimulatorError, Traces
from simulator.policy import names

SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

POLICIES = st.sampled_from(
    [
        *names(),
        "pruning-gts",
        "pruning-gts:num_pruning_rounds=1",
        "pruning-gts:num_exploration=5",
        "pruning-gts:window_size=3",
        "pruning-gts:prior_mean=-5,prior_precision=0.001",
        "epsilon-greedy:0.5",
        "unimodal-ucb:exploration=0",
    ]
)
POWER_POLICIES = st.sampled_from(["jit", "jit", "full", "oracle", "bounded-slowdown", *(f"fixed:{w}" for w in LIMITS)])

#: More than one thread, and pieces of one replay up to all of them.
HOW = st.fixed_dictionaries(
    {
        "draws": st.sampled_from(["published", "keyed"]),
        "detail": st.sampled_from(["runs", "runs", "replays"]),
        "on_failure": st.sampled_from(["keep", "keep", "keep", "raise"]),
        "workers": st.sampled_from([1, 2, 7]),
    }
)

SEEDS = st.builds(
    lambda first, n, more: list(dict.fromkeys([*range(first, first + n), *more])),
    st.integers(0, 2**65),
    st.integers(1, 30),
    st.lists(st.sampled_from(SEEDS_OF_ALL_SIZES), max_size=3),
)


@st.composite
def drifting(draw, slices=(3, 4, 6)):
    """A small trace in slices; a row may be missing in one, a target may be further away."""
    train, power, sizes = draw(traces())
    pieces = []
    for number in slices[: draw(st.integers(1, len(slices)))]:
        missing = draw(st.sets(st.integers(0, len(train) - 1), max_size=1))
        factor = draw(st.sampled_from([1, 2]))
        rows = train.drop(index=train.index[list(missing)])
        pieces.append(rows.assign(slice=number, target_epoch=rows["target_epoch"] * factor))
    return pd.concat(pieces, ignore_index=True), power, sizes


def _note(result):
    failures = "" if isinstance(result, SimulatorError) else f", {min(len(result.attrs['failures']), 1)} failed"
    event(f"{type(result).__name__}{failures}")


@SETTINGS
@given(traces() | drifting(), KNOBS, POLICIES, POWER_POLICIES, SEEDS, st.integers(1, 60), MAX_EPOCHS, HOW, st.data())
def test_recurring_jobs(trace, knobs, policy, power_policy, seeds, recurrences, max_epochs, how, data):
    """A recurring job has the same table, sums, failures and configurations, or the same error."""
    train, power, sizes = trace
    drifts = "slice" in train.columns and train["slice"].nunique() > 1
    job = Job("d", "n", "adam", 0.5, max_epochs, data.draw(st.sampled_from([*sizes, *sizes, None])))
    result = both(
        job,
        Traces(train=train, power=power, gpu="g"),
        policy=policy,
        power_policy=power_policy,
        seeds=seeds,
        recurrences=None if drifts else recurrences,
        beta=knobs[0],
        eta=knobs[1],
        **how,
    )
    _note(result)


@SETTINGS
@given(
    traces(),
    KNOBS,
    POLICIES,
    POWER_POLICIES,
    SEEDS,
    st.lists(submissions(), min_size=1, max_size=3),
    MAX_EPOCHS,
    HOW,
    st.data(),
)
def test_overlapping_groups(trace, knobs, policy, power_policy, seeds, groups, max_epochs, how, data):
    """Groups have the same tables as well, whatever overlaps, ends together or is tried again."""
    train, power, sizes = trace
    job = Job("d", "n", "adam", 0.5, max_epochs, data.draw(st.sampled_from(sizes)))
    named = pd.concat([group.assign(group=f"group {k}") for k, group in enumerate(groups)], ignore_index=True)
    result = both(
        job,
        Traces(train=train, power=power, gpu="g"),
        policy=policy,
        power_policy=power_policy,
        seeds=seeds,
        groups=named,
        beta=knobs[0],
        eta=knobs[1],
        **how,
    )
    _note(result)
