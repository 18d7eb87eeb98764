"""Defects of the published simulator that we knowingly do not share; each test shows both sides.

`docs/migration.md` lists them. Everything else that it does, ours does to the last bit (`test_differential.py`).
"""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pandas as pd
import pytest
from zeus._legacy.job import Job as PublishedJob
from zeus._legacy.policy import JITPowerLimitOptimizer as PublishedJIT
from zeus._legacy.policy import PruningGTSBatchSizeOptimizer as PublishedPruningGTS
from zeus._legacy.policy.optimizer import GTSBatchSizeOptimizer as PublishedGTS
from zeus._legacy.simulate import Simulator as PublishedSimulator

from simulator import Job, Simulator
from simulator.errors import ConvergenceError, TraceError
from simulator.policy import GTSBatchSizeOptimizer, JITPowerLimitOptimizer, PruningGTSBatchSizeOptimizer

WORKLOAD = {"dataset": "d", "network": "n", "optimizer": "adam"}
FIELDS = ("d", "n", "adam", 0.5, 10, 8)
KNOBS = {"beta_knob": 2.0, "eta_knob": 0.5}


def _traces(**target_epochs):
    """One recorded run for each batch size b<size>, one power limit."""
    sizes = {int(name[1:]): epoch for name, epoch in target_epochs.items()}
    train = [{**WORKLOAD, "batch_size": b, "target_metric": 0.5, "target_epoch": e} for b, e in sizes.items()]
    power = [
        {**WORKLOAD, "batch_size": b, "power_limit": 200, "time_per_epoch": 10.0, "average_power": 150.0} for b in sizes
    ]
    return pd.DataFrame(train), pd.DataFrame(power)


def _group(*rows):
    group = pd.DataFrame(rows, columns=["start_time", "end_time"], dtype=float)
    return group.assign(group="g", dataset="d", runtime_ratio=1.0)


def test_the_best_known_size_may_be_unprofiled():
    """A submission meets another in flight while the default size was never profiled: an assert there, a run here."""
    traces, group = _traces(b8=2.0, b16=2.0), _group((0, 100), (50, 120))
    options = {"learn_reward_precision": True, "seed": 2, "verbose": False}  # its first choice is not the default
    published = PublishedSimulator(*traces, PublishedGTS(**options), PublishedJIT(False), verbose=False)
    with pytest.raises(AssertionError, match="Power not profiled for best known BS 8"):
        published.simulate_one_alibaba_group(PublishedJob(*FIELDS), group, **KNOBS)

    ours = Simulator(*traces, GTSBatchSizeOptimizer(**options), JITPowerLimitOptimizer(False), verbose=False)
    assert [run.bs for run in ours.simulate_one_alibaba_group(Job(*FIELDS), group, **KNOBS)] == [16, 8]


class _StillGoingError(Exception):
    """Stops a loop that has no end."""


def test_a_submission_that_cannot_converge_ends():
    """A target out of reach is retried for ever there; here the thousandth failure is an error."""
    traces, group = _traces(b8=np.nan), _group((0, 100))

    class Default:
        name, seen = "default", 0

        def register_job(self, job, batch_sizes): ...

        def predict(self, job):
            return 8

        def observe(self, job, batch_size, cost, converged=None):
            self.seen += 1
            if self.seen > 1500:
                raise _StillGoingError

    published = PublishedSimulator(*traces, Default(), PublishedJIT(False), verbose=False)
    with pytest.raises(_StillGoingError):
        published.simulate_one_alibaba_group(PublishedJob(*FIELDS), group, **KNOBS)

    ours = Simulator(*traces, Default(), JITPowerLimitOptimizer(False), verbose=False)
    with pytest.raises(ConvergenceError, match="failed 1000 times"):
        ours.simulate_one_alibaba_group(Job(*FIELDS), group, **KNOBS)


def test_exploration_can_be_copied():
    """In mid-exploration the published policy holds a generator, which cannot be copied; ours holds numbers."""
    job, published_job = Job(*FIELDS), PublishedJob(*FIELDS)
    published = PublishedPruningGTS(verbose=False)
    published.register_job(published_job, [8, 16])
    published.predict(published_job)
    with pytest.raises(TypeError, match="generator"):
        copy.deepcopy(published)

    ours = PruningGTSBatchSizeOptimizer(verbose=False)
    ours.register_job(job, [8, 16])
    ours.observe(job, ours.predict(job), 1.0, converged=True)
    assert copy.deepcopy(ours).predict(job) == ours.predict(job) == 16


def test_registering_again_keeps_what_was_learned():
    """A job registered again after exploration breaks the published policy; ours goes on."""
    job, published_job = Job(*FIELDS), PublishedJob(*FIELDS)
    published, ours = PublishedPruningGTS(verbose=False), PruningGTSBatchSizeOptimizer(verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the variance of equal rewards
        for policy, key in ((published, published_job), (ours, job)):
            policy.register_job(key, [8])
            for _ in range(3):
                policy.observe(key, policy.predict(key), 1.0, True)
            policy.register_job(key, [8])
        published.observe(published_job, published.predict(published_job), 1.0, True)
        with pytest.raises(TypeError):
            published.predict(published_job)
    ours.observe(job, ours.predict(job), 1.0, converged=True)
    assert ours.predict(job) == 8


def test_a_whole_number_is_a_precision():
    """A prior precision of 2 counts as infinite there while an arm is cold, since numpy's 1/2 of integers is 0."""
    options = {"learn_reward_precision": True, "prior_mean": 5.0, "num_exploration": 0, "seed": 1, "verbose": False}

    def cold_draws(precision):
        policy = PublishedGTS(prior_precision=precision, **options)
        policy.register_job(PublishedJob(*FIELDS), [8, 16])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return policy.mabs[PublishedJob(*FIELDS)].predict_expectations()

    assert set(cold_draws(2).values()) == {5.0}
    assert set(cold_draws(2.0).values()) != {5.0}

    def ours(precision):
        policy = GTSBatchSizeOptimizer(prior_precision=precision, **options)
        policy.register_job(Job(*FIELDS), [8, 16])
        return [policy.predict(Job(*FIELDS)) for _ in range(50)]

    assert ours(2) == ours(2.0)


def test_silence_is_silent(capsys):
    """A run that cannot afford its first epoch is printed there even with verbose=False; ours never prints."""
    train, power = _traces(b8=1.0, b16=1.0)
    power.loc[power["batch_size"] == 16, "time_per_epoch"] = 1000.0
    knobs = {"beta_knob": 1.5, "eta_knob": 0.5}
    published = PublishedSimulator(train, power, PublishedPruningGTS(verbose=False), PublishedJIT(False), verbose=False)
    expected = published.simulate_one_job(PublishedJob(*FIELDS), 2, **knobs)
    assert "cannot run even one epoch" in capsys.readouterr().out

    ours = Simulator(train, power, PruningGTSBatchSizeOptimizer(), JITPowerLimitOptimizer(), verbose=True)
    history = ours.simulate_one_job(Job(*FIELDS), 2, **knobs)
    assert capsys.readouterr() == ("", "")
    assert [(run.bs, run.energy) for run in history] == [(run.bs, run.energy) for run in expected]


@pytest.mark.parametrize(("column", "value"), [("power_limit", 150.5), ("time_per_epoch", 0.0)])
def test_tables_that_cannot_be_true(column, value):
    """A limit of half a watt, or an epoch that takes no time, is replayed there without a word; here it is refused."""
    train, power = _traces(b8=2.0)
    power[column] = value
    published = PublishedSimulator(train, power, PublishedPruningGTS(verbose=False), PublishedJIT(False), verbose=False)
    assert len(published.simulate_one_job(PublishedJob(*FIELDS), 1, **KNOBS)) == 1

    def ours():
        simulator = Simulator(train, power, PruningGTSBatchSizeOptimizer(), JITPowerLimitOptimizer(), verbose=False)
        return simulator.simulate_one_job(Job(*FIELDS), 1, **KNOBS)

    with pytest.raises(TraceError, match=column):
        ours()
