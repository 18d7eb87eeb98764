"""``detail="replays"``: one row a replay, with what anybody would add up from the table of runs."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from engines import outcome
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small import JOB, TRACES, make_groups, make_traces
from small_traces import KNOBS, submissions, traces

from simulator import Job, SimulatorError, Traces, replay
from simulator.cost import energy_time_cost
from simulator.replay.frames import REPLAY_COLUMNS
from simulator.trace.expected import expected_cost

SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
POLICIES = st.sampled_from(["random", "pruning-gts", "ucb", "default", "oracle"])
ENGINES = st.sampled_from(["event", "vectorized"])
AMOUNTS = ("energy_j", "time_s", "cost")


def near_oracle(job, traces, eta):
    """Batch sizes and limits whose expected cost is within 5 % of the best."""
    table = traces.table(job)
    cost = expected_cost(table, eta=eta)
    sizes, limits = table.batch_sizes.tolist(), table.power_limits_w.tolist()
    return {
        (size, limit)
        for i, size in enumerate(sizes)
        for k, limit in enumerate(limits)
        if cost[i, k] <= cost.min() * 1.05 and cost[i, k] < math.inf
    }


def added_up(runs, near, n_recurrences):
    """Add up the runs of one replay, in their order, with nothing but Python."""
    sums = dict.fromkeys(AMOUNTS, 0.0)
    of_recurrence, ended_near = {}, []
    for run in runs.itertuples():
        slot = of_recurrence.setdefault(run.recurrence, dict.fromkeys(AMOUNTS, 0.0))
        for name in AMOUNTS:
            sums[name] += getattr(run, name)
            slot[name] += getattr(run, name)
        if run.reached:
            ended_near.append((run.batch_size, run.power_limit_w) in near)
    latest = [k for k in range(max(n_recurrences - 5, 0), n_recurrences) if k in of_recurrence]
    streaks = [k for k in range(len(ended_near) - 4) if all(ended_near[k : k + 5])]
    return {
        "recurrences": int(runs["reached"].sum()),
        "runs": len(runs),
        **sums,
        "recurrences_to_oracle": streaks[0] if streaks else -1,
    }, {f"late_{name}": sum(of_recurrence[k][name] for k in latest) / min(n_recurrences, 5) for name in AMOUNTS}


def check(job, traces, *, eta, n, **asked):
    """Compare both tables, replay by replay; returns that of replays."""
    rows = outcome(job, traces, eta=eta, on_failure="keep", **asked)
    assume(not isinstance(rows, SimulatorError))
    sums = replay(job, traces, eta=eta, on_failure="keep", detail="replays", **asked)
    near = near_oracle(job, traces, eta)
    keys = ["seed", "group"] if "group" in rows else ["seed"]
    broken = {tuple(failure[key] for key in keys) for failure in rows.attrs["failures"]}
    assert sums.attrs["failures"] == rows.attrs["failures"]
    by_replay = dict(list(rows.groupby(keys)))
    for _, row in sums.iterrows():
        key = tuple(row[name] for name in keys)
        exact, late = added_up(by_replay[key], near, n)
        assert {name: row[name] for name in exact} == exact
        assert {name: row[name] for name in late} == pytest.approx(late, rel=1e-12)
        assert row["failed"] == (key in broken)
    counted = rows.groupby(["batch_size", "power_limit_w"]).size().to_dict()
    listed = sums.attrs["configurations"]
    assert {(one["batch_size"], one["power_limit_w"]): one["runs"] for one in listed} == counted
    return rows, sums


@SETTINGS
@given(traces(), KNOBS, POLICIES, ENGINES, st.integers(0, 2**40), st.integers(1, 40), st.data())
def test_a_replay_is_the_sum_of_its_runs(trace, knobs, policy, engine, seed, recurrences, data):
    """Sums, means of the last five recurrences, the way to the oracle, and configurations are those of the runs."""
    train, power, sizes = trace
    job = Job("d", "n", "adam", 0.5, 6, data.draw(st.sampled_from(sizes)))
    asked = {"policy": policy, "engine": engine, "recurrences": recurrences, "seeds": range(seed, seed + 8)}
    rows, sums = check(job, Traces(train=train, power=power), n=recurrences, beta=knobs[0], eta=knobs[1], **asked)
    for seed_, runs in rows.groupby("seed"):
        tries = runs.groupby("recurrence")["attempt"].max()
        row = sums.loc[sums["seed"] == seed_].iloc[0]
        if not row["failed"]:
            assert row["retries"] == (tries - 1).sum()
            assert row["recurrences"] == recurrences


@SETTINGS
@given(traces(), KNOBS, POLICIES, ENGINES, st.integers(0, 2**40), submissions(), st.data())
def test_a_replay_of_a_group_is_the_sum_of_its_runs(trace, knobs, policy, engine, seed, group, data):
    """The same for submissions, of which a later one may end earlier."""
    train, power, sizes = trace
    job = Job("d", "n", "adam", 0.5, 6, data.draw(st.sampled_from(sizes)))
    asked = {"policy": policy, "engine": engine, "groups": group, "seeds": range(seed, seed + 8)}
    rows, sums = check(job, Traces(train=train, power=power), n=len(group), beta=knobs[0], eta=knobs[1], **asked)
    tries = rows.loc[rows["reached"]].groupby("seed")["attempt"].agg(lambda attempts: (attempts - 1).sum())
    through = sums.loc[~sums["failed"]].set_index("seed")["retries"]
    assert through.to_dict() == {seed: tries[seed] for seed in through.index}
    assert (sums.loc[~sums["failed"], "recurrences"] == len(group)).all()


@pytest.mark.parametrize("engine", ["event", "vectorized"])
def test_the_table_has_the_agreed_columns(engine):
    """One row a replay, with the agreed columns and types; groups and knobs that vary are columns behind them."""
    sums = replay(
        JOB,
        TRACES,
        policy="random",
        seeds=[3, 2],
        detail="replays",
        eta=[0.5, 1.0],
        groups=make_groups(),
        engine=engine,
    )
    assert list(sums.columns) == [*REPLAY_COLUMNS, "eta", "group"]
    for name, kind in REPLAY_COLUMNS.items():
        assert sums[name].dtype == ("int64" if name == "seed" else pd.Series([], dtype=kind).dtype), name
    key = list(sums[["eta", "seed", "group"]].itertuples(index=False, name=None))
    assert key == [(eta, seed, group) for eta in (0.5, 1.0) for seed in (3, 2) for group in ("a", "b")]


def _early_stops(runs, *, beta, max_epochs):
    """Count the tries that cost ended: failed before their epochs were used up, those without a row included."""
    count, lowest = 0, math.inf
    for _, tries in runs.groupby("recurrence"):
        rows = {run.attempt: run for run in tries.itertuples()}
        for attempt in range(1, max(rows) + 1):
            if attempt not in rows:
                count += 1
                continue
            run = rows[attempt]
            epoch_s = 100.0 / run.batch_size * (250 / run.power_limit_w) ** 0.5
            epochs = round(run.time_s / epoch_s)
            assert not (run.reached and run.cost > beta * lowest)
            count += not run.reached and epochs < max_epochs
        lowest = min(lowest, tries["cost"].sum())
    return count


@pytest.mark.parametrize("engine", ["event", "vectorized"])
@pytest.mark.parametrize("beta", [1.1, 1.5, 3.0])
def test_early_stops_are_tries_that_the_bound_ended(engine, beta):
    """A failed try with epochs left was stopped early, also one that could not afford any; a late one was not."""
    epochs = {4: [3.0, 20.0], 8: [6.0, 25.0], 16: [6.0, 7.0], 32: [9.0, 20.0], 64: [30.0]}
    traces = make_traces(epochs, limits=(200,))
    asked = {"policy": "random", "seeds": range(30), "beta": beta, "recurrences": 30, "engine": engine}
    asked |= {"power_policy": "full", "on_failure": "keep"}
    runs = replay(JOB, traces, **asked)
    sums = replay(JOB, traces, detail="replays", **asked).set_index("seed")
    found = {
        seed: _early_stops(one, beta=beta, max_epochs=JOB.max_epochs)
        for seed, one in runs.groupby("seed")
        if not sums.loc[seed, "failed"]
    }
    assert len(found) > 5
    assert found == sums.loc[list(found), "early_stops"].to_dict()
    assert sum(found.values()) > 0


@pytest.mark.parametrize("engine", ["event", "vectorized"])
@pytest.mark.parametrize(("epochs", "until"), [(100, 0), (104, 0), (106, -1)])
def test_near_the_oracle_is_within_five_percent(engine, epochs, until):
    """Five recurrences in a row at what costs up to 5 % more than the best, in expectation, are a way to the oracle."""
    traces = make_traces({8: [100.0], 16: [float(epochs)]}, limits=(200,))
    traces = Traces(train=traces.train, power=traces.power.assign(time_per_epoch=10.0))
    job = Job("d", "n", "adam", 0.5, 200, default_bs=16)
    for recurrences, found in ((5, until), (4, -1)):
        asked = {"policy": "default", "seeds": 0, "recurrences": recurrences, "detail": "replays", "engine": engine}
        assert list(replay(job, traces, **asked)["recurrences_to_oracle"]) == [found]


def test_without_a_bound_nothing_stops_early():
    """Runs that use up their epochs are failures, and no early stops."""
    asked = {"policy": "random", "seeds": range(20), "beta": math.inf, "on_failure": "keep", "detail": "replays"}
    sums = replay(JOB, TRACES, **asked)
    assert (sums["early_stops"] == 0).all()
    assert (sums["retries"] > 0).any()


def test_a_cost_is_that_of_its_energy_and_time():
    """Summed up, cost and its parts still agree, since a cost is linear in both."""
    sums = replay(JOB, TRACES, policy="random", seeds=range(5), eta=0.3, detail="replays")
    cost = energy_time_cost(sums["energy_j"], sums["time_s"], eta=0.3, max_power_w=200)
    assert list(sums["cost"]) == pytest.approx(list(cost), rel=1e-12)
