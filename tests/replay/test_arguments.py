"""What is asked wrongly is a typed error that says what is wrong, what exists and what to do."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from small import JOB, TRACES, Fixed, make_groups

from simulator import Job, Simulator, Traces, replay
from simulator.errors import JobError, NotInTraceError, PolicyError, ReplayError, TraceError
from simulator.policy import GTSBatchSizeOptimizer, JITPowerLimitOptimizer, PruningGTSBatchSizeOptimizer


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"eta": 2}, ReplayError, "eta is 2"),
        ({"eta": "0.5"}, ReplayError, "eta is '0.5'; it is a number"),
        ({"eta": None}, ReplayError, "eta is None; it is a number"),
        ({"beta": 1}, ReplayError, "beta is 1"),
        ({"beta": "inf"}, ReplayError, "beta is 'inf'; it is a number"),
        ({"recurrences": 0}, ReplayError, "at least 1"),
        ({"recurrences": 2.5}, ReplayError, "recurrences is 2.5; it is a whole number"),
        ({"recurrences": "abc"}, ReplayError, "whole number"),
        ({"recurrences": math.inf}, ReplayError, "whole number"),
        ({"recurrences": math.nan}, ReplayError, "whole number"),
        ({"seeds": []}, ReplayError, "seeds is empty"),
        ({"seeds": "0:10"}, ReplayError, "seeds is '0:10'"),
        ({"seeds": 1.5, "draws": "keyed"}, ReplayError, "seeds is 1.5"),
        ({"seeds": -1, "draws": "keyed", "policy": "random"}, ReplayError, "seeds is -1; .* at least 0"),
        ({"seeds": True}, ReplayError, "seeds is True"),
        ({"progress": 3}, ReplayError, "progress is 3"),
        ({"seeds": [0, 1, 0]}, ReplayError, "seeds has 0 twice"),
        ({"window": 2.5}, ReplayError, "window is 2.5"),
        ({"window": -2}, ReplayError, "window is -2"),
        ({"draws": "paired"}, ReplayError, "'published', 'keyed'"),
        ({"engine": "quantum"}, ReplayError, "'auto', 'event', 'vectorized'"),
        (
            {"policy": Fixed, "engine": "vectorized"},
            ReplayError,
            "cannot run this: policy .* is no PlainStateOptimizer",
        ),
        ({"on_failure": "ignore"}, ReplayError, "'raise', 'keep'"),
        ({"recurrences": 5, "groups": make_groups()}, ReplayError, "exclude each other"),
        ({"groups": make_groups().assign(dataset="other")}, ReplayError, "dataset 'd'.*other"),
        ({"policy": "prunning-gts"}, PolicyError, "did you mean 'pruning-gts'"),
        ({"power_policy": "fulll"}, PolicyError, "did you mean 'full'"),
        ({"policy": 3}, PolicyError, "neither a policy's name"),
        ({"policy": lambda: None}, PolicyError, "no batch size policy: it has no name"),
        ({"policy": JITPowerLimitOptimizer()}, PolicyError, "no batch size policy: it has no predict for a batch size"),
        ({"power_policy": Fixed()}, PolicyError, "no power limit policy: it has no predict for a power limit"),
        ({"policy": GTSBatchSizeOptimizer}, PolicyError, "learn_reward_precision"),
        ({"policy": Fixed(7)}, PolicyError, r"batch size 7 .*\[8, 16, 32, 64\]"),
        ({"policy": Fixed, "window": 3}, ReplayError, "window"),
        ({"policy": Fixed(), "window": 3}, ReplayError, "window"),
        ({"policy": "default", "window": 3}, PolicyError, "window"),
    ],
)
def test_impossible_arguments(wrong, error, says):
    """Every impossible argument of `replay` is named, whatever its type."""
    with pytest.raises(error, match=says):
        replay(JOB, TRACES, **{"policy": "default", "seeds": 0, "recurrences": None, **wrong})


@pytest.mark.parametrize(
    ("job", "traces", "error", "says"),
    [
        ("librispeech", TRACES, JobError, "'librispeech' is no job"),
        (Job("d", "n", "adam", 0.5, 0, 16), TRACES, JobError, "max_epochs .*at least 1"),
        (Job("d", "n", "adam", 0.5, None, 16), TRACES, JobError, "max_epochs .*is None"),
        (JOB, TRACES.train, TraceError, "both tables"),
        (JOB, (TRACES.train, TRACES.power), TraceError, "both tables"),
        (JOB, "nowhere", TraceError, "nowhere"),
    ],
)
def test_no_job_and_no_traces(job, traces, error, says):
    """Something else in the place of the job or the traces is explained."""
    with pytest.raises(error, match=says):
        replay(job, traces, policy="default", seeds=0)


@pytest.mark.parametrize(
    ("job", "says"),
    [
        (Job("e", "n", "adam", 0.5, 9, 16), "dataset: no row has 'e'; there is 'd'"),
        (Job("d", "n", "Adam", 0.5, 9, 16), "optimizer: no row of d,n has 'Adam'; there is 'adam'"),
        (Job("d", "n", "adam", 0.51, 9, 16), "target_metric: no row of d,n,adam has 0.51; .*0.5"),
    ],
)
def test_a_job_that_was_not_recorded(job, says):
    """Each key that matches nothing is named with what exists."""
    with pytest.raises(NotInTraceError, match=says):
        replay(job, TRACES, policy="default", seeds=0)


def test_a_size_without_the_target():
    """A size that is feasible for the workload but has no rows for the target is an error when it is chosen."""
    train = TRACES.train.copy()
    train.loc[train["batch_size"] == 32, "target_metric"] = 0.6
    with pytest.raises(NotInTraceError, match=r"batch size 32 has no rows for target 0.5.*\[8, 16, 64\]"):
        replay(JOB, Traces(train=train, power=TRACES.power), policy=Fixed(32), seeds=0)


@pytest.mark.parametrize(("column", "value"), [("time_per_epoch", 0.0), ("average_power", math.nan)])
def test_an_epoch_without_time_or_power(column, value):
    """A row that could be run for nothing is an error, not an endless replay."""
    power = TRACES.power.copy()
    power.loc[2, column] = value
    with pytest.raises(TraceError, match=f"{column} must be above 0"):
        replay(JOB, Traces(train=TRACES.train, power=power), policy="default", seeds=0)


def _simulate(train=TRACES.train, power=TRACES.power, policy=None, power_policy=None, seed=0, group=None, **wrong):
    """Ask the class with the published interface, one argument changed."""
    policy = policy or PruningGTSBatchSizeOptimizer(verbose=False)
    power_policy = power_policy or JITPowerLimitOptimizer(verbose=False)
    simulator = Simulator(train, power, policy, power_policy, seed=seed, verbose=False)
    asked = {"job": JOB, "beta_knob": 2.0, "eta_knob": 0.5, **wrong}
    if group is not None:
        return simulator.simulate_one_alibaba_group(group_df=group, **asked)
    return simulator.simulate_one_job(**{"num_recurrence": 5, **asked})


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"train": TRACES.train.drop(columns="target_epoch")}, TraceError, "train trace has no column target_epoch"),
        ({"power": TRACES.power.drop(columns="power_limit")}, TraceError, "power trace has no column power_limit"),
        ({"power": TRACES.power.assign(run="1")}, TraceError, "cannot be joined"),
        ({"power": TRACES.power.assign(power_limit=100.5)}, TraceError, "power_limit of the power trace must be whole"),
        ({"train": TRACES.train.assign(batch_size=8.5)}, TraceError, "batch_size of the train trace must be whole"),
        ({"train": "nowhere.csv"}, TraceError, "nowhere.csv"),
        ({"seed": -1}, ReplayError, "seed is -1"),
        ({"seed": "a"}, ReplayError, "seed is 'a'"),
        ({"num_recurrence": 2.5}, ReplayError, "num_recurrence is 2.5"),
        ({"eta_knob": None}, ReplayError, "eta_knob is None"),
        ({"beta_knob": "2"}, ReplayError, "beta_knob is '2'"),
        ({"job": Job("d", "n", "adam", 0.5, None, 16)}, JobError, "max_epochs"),
        ({"policy": JITPowerLimitOptimizer()}, PolicyError, "no batch size policy"),
        ({"group": make_groups().drop(columns="runtime_ratio")}, TraceError, "no column runtime_ratio"),
        ({"group": make_groups().assign(end_time="soon")}, TraceError, "end_time"),
    ],
)
def test_the_published_interface(wrong, error, says):
    """What the published simulator answers with a KeyError, an assert or a late crash is a typed error at once."""
    with pytest.raises(error, match=says):
        _simulate(**wrong)


def test_traces_are_joined_when_they_are_given():
    """A table that is changed after the simulator was made does not change its histories, as in the published one."""
    train = TRACES.train.copy()
    policies = (PruningGTSBatchSizeOptimizer(verbose=False), JITPowerLimitOptimizer(verbose=False))
    simulator = Simulator(train, TRACES.power, *policies, verbose=False)
    train["target_epoch"] *= 2
    assert simulator.simulate_one_job(JOB, 2, 2.0, 0.5) == _simulate(seed=123456, num_recurrence=2)


def test_slices_are_no_drift_in_the_published_interface():
    """The published simulator draws from all rows, whatever slice they belong to; so does the class of its name."""
    sliced = pd.concat([TRACES.train.assign(slice=number) for number in (0, 1)], ignore_index=True)
    unnamed = sliced.rename(columns={"slice": "part"})
    assert _simulate(train=sliced, policy=Fixed()) == _simulate(train=unnamed, policy=Fixed())
