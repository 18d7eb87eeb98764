"""Every stock policy gives the event engine's table when it is compiled: with every power policy, on bundled traces."""

from __future__ import annotations

import math

import pytest
from engines import SEEDS_OF_ALL_SIZES, both
from small import JOB, make_groups, make_traces

from simulator import Job, read_groups, read_traces
from simulator.policy import names
from simulator.replay.compiled.player import Player

POWER_POLICIES = ["jit", "full", "oracle", "bounded-slowdown", "fixed:150"]


@pytest.fixture(scope="module")
def traces():
    """The bundled traces of one GPU."""
    return read_traces(gpu="v100")


@pytest.mark.parametrize("policy", names())
def test_every_policy_with_every_power_policy(traces, policy):
    """Same tables for each job of the bundled traces, each time with other power limits, draws and seeds."""
    for k, job in enumerate(traces.jobs):
        for draws in ("published", "keyed"):
            power_policy = POWER_POLICIES[(k + len(draws)) % len(POWER_POLICIES)]
            seeds = [*range(10 * k, 10 * k + 4), SEEDS_OF_ALL_SIZES[k + 2]]
            asked = {"policy": policy, "power_policy": power_policy, "seeds": seeds, "draws": draws}
            table = both(job, traces, on_failure="keep", **asked)
            assert table["seed"].nunique() == len(seeds)
            sums = both(job, traces, on_failure="keep", detail="replays", workers=2, **asked)
            assert list(sums["runs"]) == list(table.groupby("seed", sort=False).size())


@pytest.mark.parametrize("power_policy", POWER_POLICIES)
def test_every_power_policy_profiles_and_limits(traces, power_policy):
    """Same limits and the same profiled runs, whichever size comes first, also where what pays changes with η."""
    for eta in (0.0, 0.3, 1.0):
        both(
            traces.jobs[1], traces, policy="random", power_policy=power_policy, seeds=range(5), eta=eta, recurrences=30
        )


@pytest.mark.parametrize("policy", names())
def test_every_policy_in_overlapping_groups(traces, policy):
    """Same tables for groups in which submissions overlap, fail and are tried again."""
    job = traces.jobs[2]
    groups = read_groups().query("dataset == @job.dataset")
    few = groups.loc[groups["group"].isin(groups["group"].unique()[:4])]
    for draws in ("published", "keyed"):
        table = both(job, traces, policy=policy, seeds=range(4), groups=few, draws=draws, beta=1.3, on_failure="keep")
        assert table["group"].nunique() == few["group"].nunique()
        both(job, traces, policy=policy, seeds=range(4), groups=few, draws=draws, detail="replays", on_failure="keep")


@pytest.mark.parametrize("policy", names())
def test_more_sizes_than_a_history_has_room_for_at_first(policy):
    """Forty batch sizes, half of which never reach the target."""
    epochs = {4 * k: [float(10 + abs(k - 12) + run) if k % 2 else 60.0 for run in range(3)] for k in range(1, 41)}
    job = Job("d", "n", "adam", 0.5, 40, default_bs=20)
    table = both(job, make_traces(epochs), policy=policy, seeds=range(6), recurrences=150, beta=4.0, on_failure="keep")
    assert not table.empty


@pytest.fixture
def grown(monkeypatch):
    """Count how often a player makes room, the first time included."""
    rooms, make_room = [], Player._make_room

    def counted(player):
        rooms.append((player._room_for_runs, player._room_for_rewards))
        make_room(player)

    monkeypatch.setattr(Player, "_make_room", counted)
    return rooms


def test_a_room_for_runs_that_is_too_small_grows(grown):
    """A policy that tries sizes that fail makes far more runs than recurrences, and loses none of them."""
    traces = make_traces({8: [30.0], 16: [3.0, 30.0, 30.0], 32: [30.0], 64: [30.0], 128: [30.0]})
    both(JOB, traces, policy="random", seeds=range(99), recurrences=9, beta=50.0, on_failure="keep", workers=1)
    assert len(grown) > 1


@pytest.mark.parametrize("detail", ["runs", "replays"])
def test_a_room_for_rewards_that_is_too_small_grows(grown, detail):
    """A policy that runs one size again and again remembers each of its rewards, whether or not runs are kept."""
    asked = {"policy": "gts", "recurrences": 50, "beta": 50.0, "on_failure": "keep", "workers": 1, "detail": detail}
    result = both(JOB, make_traces({16: [3.0, 20.5, 30.0, 30.0]}), seeds=range(30), **asked)
    assert len(result.attrs["failures"]) < 30
    assert grown[1][1] > grown[0][1]


@pytest.mark.parametrize("policy", ["gts", "pruning-gts", "pruning-gts:window_size=150"])
def test_long_histories_are_added_up_as_numpy_does(policy):
    """Hundreds of rewards of one size, of which numpy adds up parts by themselves: the same choices."""
    traces = make_traces({8: [4.0, 5.0, 7.0], 16: [6.0, 7.0, 9.0]})
    table = both(JOB, traces, policy=policy, seeds=range(3), recurrences=900, beta=math.inf)
    assert table.groupby(["seed", "batch_size"]).size().max() > 512


def test_submissions_of_one_instant():
    """Submissions that start and end together are taken in the order of their starts."""
    group = make_groups().assign(group="one", start_time=0.0, end_time=10.0)
    table = both(JOB, make_traces({8: [4.0, 30.0], 16: [6.0, 7.0]}), policy="random", seeds=range(20), groups=group)
    assert table["ended_s"].min() == 10.0
