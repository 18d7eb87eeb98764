"""Random small traces, knobs and submissions: ours and the published simulator agree to the last bit.

Where the published one raises, ours raises a typed error. The defects that we knowingly do not share are in
`test_defects.py`; the few inputs on which they show are told apart here by the published error.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from small_traces import KNOBS, MAX_EPOCHS, submissions, traces
from zeus._legacy.job import Job as PublishedJob
from zeus._legacy.policy import JITPowerLimitOptimizer as PublishedJIT
from zeus._legacy.policy import PruningGTSBatchSizeOptimizer as PublishedPruningGTS
from zeus._legacy.policy.optimizer import GTSBatchSizeOptimizer as PublishedGTS
from zeus._legacy.simulate import Simulator as PublishedSimulator

from simulator import Job, Simulator, SimulatorError
from simulator.errors import ConvergenceError, ExhaustedError, JobError, NotInTraceError, PolicyError
from simulator.policy import GTSBatchSizeOptimizer, JITPowerLimitOptimizer, PruningGTSBatchSizeOptimizer
from simulator.replay import overlapping

SETTINGS = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


#: What ours raises where the published one raises: by its type and a part of its text.
KINDS = [
    ("did not converge", ConvergenceError),
    ("in 20 tries", ConvergenceError),
    ("Default BS", PolicyError),
    ("Default batch size", PolicyError),
    ("must give the job a default", JobError),
    ("is not in list", ExhaustedError),
    ("Probably all batch sizes have been pruned", ExhaustedError),
    ("Number of observations", PolicyError),
    ("'float' object has no attribute 'item'", NotInTraceError),
]


def _kind(error, train):
    """The type of error that ours must raise; any of the family where the published one stumbles over its own feet."""
    if not ((train["dataset"] == "d") & (train["target_metric"] == 0.5)).any():
        return NotInTraceError, JobError, PolicyError  # nothing of the job was recorded, and more may be wrong
    return next((kind for text, kind in KINDS if text in str(error)), SimulatorError)


@st.composite
def policies(draw, *, concurrency=False):
    """The same policy twice: the published class and ours, with the same arguments."""
    seed = draw(st.integers(0, 2**40))
    prior = {"prior_mean": draw(st.sampled_from([0.0, -5.0])), "prior_precision": draw(st.sampled_from([0.0, 1e-3]))}
    if draw(st.integers(0, 3)) == 0:
        options = {**prior, "seed": seed, "verbose": False, "num_exploration": draw(st.integers(0, 3))}
        options["learn_reward_precision"] = draw(st.booleans())
        options["reward_precision"] = draw(st.sampled_from([0.0, 0.1, math.inf]))
        return PublishedGTS(**options), GTSBatchSizeOptimizer(**options)
    options = {**prior, "seed": seed, "verbose": False, "concurrency": concurrency}
    options["window_size"] = draw(st.sampled_from([0, 0, 0, 1, 2, 3, 10]))
    return PublishedPruningGTS(**options), PruningGTSBatchSizeOptimizer(**options)


def _published(train, power, policy, seed, simulate):
    """Run the published simulator in silence; return its history, or the error it raised."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        simulator = PublishedSimulator(train.copy(), power.copy(), policy, PublishedJIT(False), seed, verbose=False)
        try:
            return [(run.bs, run.pl, run.energy, run.time, run.reached) for run in simulate(simulator)], None
        except Exception as error:
            return None, error


def _ours(train, power, policy, seed, simulate):
    simulator = Simulator(train, power, policy, JITPowerLimitOptimizer(verbose=False), seed, verbose=False)
    return [(run.bs, run.pl, run.energy, run.time, run.reached) for run in simulate(simulator)]


@SETTINGS
@given(traces(), KNOBS, policies(), st.integers(0, 2**70), st.integers(1, 25), MAX_EPOCHS, st.data())
def test_recurring_jobs(trace, knobs, policy, seed, recurrences, max_epochs, data):
    """A recurring job has the same history, or an error on both sides."""
    train, power, sizes = trace
    default = data.draw(st.sampled_from([*sizes, *sizes, *sizes, *sizes, None, 7]))
    fields = ("d", "n", "adam", 0.5, max_epochs, default)
    expected, error = _published(
        train, power, policy[0], seed, lambda s: s.simulate_one_job(PublishedJob(*fields), recurrences, *knobs)
    )
    event(f"published: {type(error).__name__}")
    if error is None:
        ours = _ours(train, power, policy[1], seed, lambda s: s.simulate_one_job(Job(*fields), recurrences, *knobs))
        assert ours == expected
    else:
        with pytest.raises(_kind(error, train)):
            _ours(train, power, policy[1], seed, lambda s: s.simulate_one_job(Job(*fields), recurrences, *knobs))


class _EndlessError(Exception):
    """The published simulator was stopped: it retries a submission for ever."""


def _bounded(policy, most):
    """Make a published policy stop the simulator after so many observations."""
    observe, seen = type(policy).observe, []

    class Bounded(type(policy)):
        def observe(self, *args, **kwargs):
            seen.append(args)
            if len(seen) > most:
                raise _EndlessError
            return observe(self, *args, **kwargs)

    policy.__class__ = Bounded
    return policy


@SETTINGS
@given(traces(), KNOBS, policies(concurrency=True), st.integers(0, 2**70), submissions(), MAX_EPOCHS, st.data())
def test_overlapping_groups(trace, knobs, policy, seed, group, max_epochs, data):
    """Overlapping submissions have the same history, or an error on both sides."""
    train, power, sizes = trace
    fields = ("d", "n", "adam", 0.5, max_epochs, data.draw(st.sampled_from(sizes)))
    tries = 30  # a lower bound than the real one, so that submissions that never end are found soon
    expected, error = _published(
        train,
        power,
        _bounded(policy[0], tries * len(group)),
        seed,
        lambda s: s.simulate_one_alibaba_group(PublishedJob(*fields), group, *knobs),
    )
    event(f"published: {type(error).__name__}")
    failure = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlapping, "MAX_TRIES", tries)
        try:
            ours = _ours(
                train,
                power,
                policy[1],
                seed,
                lambda s: s.simulate_one_alibaba_group(Job(*fields), group, *knobs),
            )
        except SimulatorError as caught:
            failure = caught
    if error is None and not (failure and f"failed {tries} times" in str(failure)):
        assert failure is None, failure
        assert ours == expected
    elif isinstance(error, AssertionError) and "Power not profiled" in str(error):
        event("a defect not shared: see test_defects.py")
    elif isinstance(error, _EndlessError):
        assert isinstance(failure, ConvergenceError)
    elif error is not None:
        assert isinstance(failure, _kind(error, train))
