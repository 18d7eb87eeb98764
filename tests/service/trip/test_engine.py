"""Replays through the service: the table of the event engine, to the last bit, or its error."""

from __future__ import annotations

import math

import pytest
from engines import assert_same, outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import JOB, TRACES, Fixed, make_groups, make_traces
from small_traces import KNOBS, MAX_EPOCHS, submissions, traces

import simulator
from simulator import Job, Traces, replay
from simulator.errors import ConvergenceError, ReplayError, SpecError
from simulator.service.trip import rehearse
from simulator.service.trip.reach.open import open_service

#: Stock policies that need no foresight, some with options.
POLICIES = [
    "pruning-gts",
    "pruning-gts:num_pruning_rounds=1,prior_mean=-5,prior_precision=0.001",
    "unimodal-ucb",
    "gts",
    "default",
    "random",
    "grid",
    "grid-pruning",
    "epsilon-greedy:0.3",
    "ucb",
    "successive-halving",
]
POWER_POLICIES = ["jit", "jit", "full", "bounded-slowdown:20"]


def event_and_service(job, traces, **asked):
    """Replay with either engine, which must come to the same; returns what."""
    event, service = (outcome(job, traces, engine=engine, **asked) for engine in ("event", "service"))
    assert_same(event, service)
    return event


@pytest.mark.parametrize("policy", POLICIES)
def test_every_stock_policy_decides_alike(policy):
    """One run after the other, in both disciplines of chance, and in groups that overlap."""
    for draws in ("published", "keyed"):
        event_and_service(JOB, TRACES, policy=policy, seeds=[0, 7], recurrences=12, draws=draws)
    event_and_service(JOB, TRACES, policy=policy, seeds=[0, 7], groups=make_groups())


@pytest.mark.parametrize("power_policy", ["jit", "full", "fixed:100", "bounded-slowdown:20"])
def test_every_power_policy_decides_alike(power_policy):
    """Also one that profiles, whose measurements go through the service."""
    table = event_and_service(JOB, TRACES, policy="pruning-gts", power_policy=power_policy, seeds=[3], recurrences=8)
    assert table["profiled"].any() == (power_policy.split(":")[0] in ("jit", "bounded-slowdown"))


def test_knobs_reach_the_service():
    """η, β, a window, drifting slices, and one row a replay."""
    event_and_service(
        JOB, TRACES, policy="pruning-gts", seeds=[1], recurrences=25, window=3, eta=[0.2, 1], beta=[1.2, math.inf]
    )
    drifting = make_traces({8: [4.0, 5.0], 16: [6.0, 7.0]}, slices=range(5))
    event_and_service(JOB, drifting, policy="ucb", seeds=[1, 2])
    event_and_service(JOB, TRACES, policy="gts", seeds=range(3), recurrences=5, detail="replays")


SETTINGS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SETTINGS
@given(st.data())
def test_random_replays_decide_alike(data):
    """Whatever the traces, the knobs, the seed, and the submissions; errors too, by their type and text."""
    train, power, sizes = data.draw(traces())
    beta, eta = data.draw(KNOBS)
    job = Job("d", "n", "adam", 0.5, data.draw(MAX_EPOCHS), default_bs=data.draw(st.sampled_from(sizes)))
    asked = {"policy": data.draw(st.sampled_from(POLICIES)), "power_policy": data.draw(st.sampled_from(POWER_POLICIES))}
    asked |= {"draws": data.draw(st.sampled_from(["published", "keyed"])), "beta": beta, "eta": eta}
    if data.draw(st.booleans()):
        asked["groups"] = data.draw(submissions())
    else:
        asked["recurrences"] = data.draw(st.integers(1, 15))
    asked |= {"seeds": data.draw(st.integers(0, 2**40)), "on_failure": "keep"}
    recorded = Traces(train=train, power=power, gpu="g")
    event, service = (outcome(job, recorded, engine=engine, **asked) for engine in ("event", "service"))
    if isinstance(service, ReplayError):  # of a job's limits, the service knows those of all batch sizes alike
        assert "other power limits" in str(service)
        assert asked["power_policy"] == "full"
    else:
        assert_same(event, service)


def test_a_hundred_recurrences_go_through_a_service_again():
    """Nothing of an earlier rehearsal is left that could disturb the next."""
    one, other = (event_and_service(JOB, TRACES, policy="pruning-gts", seeds=[5], recurrences=100) for _ in range(2))
    assert_same(one, other)


def test_an_object_cannot_be_rehearsed():
    """The service makes policies by their names; an instance or a factory is refused before anything is registered."""
    with pytest.raises(ReplayError, match="names only"):
        replay(JOB, TRACES, policy=Fixed(), seeds=0, engine="service")
    with pytest.raises(ReplayError, match="names only"):
        replay(
            JOB,
            TRACES,
            policy="default",
            power_policy=simulator.policy.JITPowerLimitOptimizer(),
            seeds=0,
            engine="service",
        )


def test_what_the_service_does_not_take_is_said():
    """A policy with foresight, a job without a default batch size, one that was not recorded, and a seed too large."""
    with pytest.raises(SpecError, match="oracle"):
        replay(JOB, TRACES, policy="oracle", seeds=0, engine="service")
    for default_bs in (None, 17):
        job = Job("d", "n", "adam", 0.5, 20, default_bs=default_bs)
        with pytest.raises(SpecError, match=r"needs a default batch size that was recorded.*8, 16, 32, 64"):
            replay(job, TRACES, policy="gts", seeds=0, engine="service")
    with pytest.raises(SpecError, match="seed"):
        replay(JOB, TRACES, policy="gts", seeds=2**63, engine="service")


def test_progress_is_told_and_failures_are_kept():
    """As with any engine."""
    told = []
    hard = make_traces({8: [4.0], 16: [math.nan], 32: [5.0]})
    table = replay(
        JOB, hard, policy="default", seeds=range(3), recurrences=2, engine="service", on_failure="keep",
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told[-1] == (3, 3)
    assert len(table.attrs["failures"]) == 3
    assert table.attrs["manifest"]["knobs"]["engine"] == "service"


def test_within_a_running_event_loop(run_async):
    """As in a notebook, where a loop runs already."""

    async def cell():
        return replay(JOB, TRACES, policy="default", seeds=0, recurrences=3, engine="service")

    assert_same(run_async(cell()), replay(JOB, TRACES, policy="default", seeds=0, recurrences=3, engine="event"))


def test_a_rehearsal_refuses_what_it_has_no_use_for():
    """Rather than ignore it."""
    with pytest.raises(TypeError, match="takes no recurences; it takes power_policy, recurrences"):
        rehearse(JOB, TRACES, policy="default", seeds=0, recurences=3)


def test_jobs_of_a_broken_rehearsal_are_deleted(sqlite_url):
    """Whatever ended it."""

    def stop(done, total):
        raise KeyboardInterrupt

    hopeless = make_traces({16: [math.nan]})
    with pytest.raises(ConvergenceError):
        rehearse(JOB, hopeless, policy="default", seeds=0, recurrences=3, database=sqlite_url)
    with pytest.raises(KeyboardInterrupt):
        rehearse(JOB, TRACES, policy="default", seeds=0, recurrences=3, database=sqlite_url, progress=stop)
    with open_service(database=sqlite_url) as service:
        assert service._loop.run(service._dispatcher.list_jobs()) == []
