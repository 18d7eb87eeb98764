"""Pruning, then Thompson sampling: the published optimizer and ours side by side, overlapping runs included."""

from __future__ import annotations

import contextlib
import math
import warnings

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from zeus._legacy.policy import PruningGTSBatchSizeOptimizer as PublishedPruningGTS

from simulator.errors import PolicyError
from simulator.job import Job
from simulator.policy import PruningGTSBatchSizeOptimizer, create

SIZES = [8, 16, 32, 64, 128, 256]
COSTS = st.sampled_from([1.0, 2.0, 2.0, 3.5, 1e-3, 1e9]) | st.floats(1e-3, 1e9)


class SideBySide(RuleBasedStateMachine):
    """Both decide and learn the same things; once the published one has raised, ours must have, and all is over."""

    def __init__(self):
        super().__init__()
        self.in_flight = None
        self.started = self.raised = False

    def both(self, method, *arguments):
        """Call a method of both, and hold their answers or their errors together."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # equal rewards divide by zero in the published one
            try:
                wanted = getattr(self.published, method)(self.job, *arguments)
            except Exception:
                self.raised = True
        if self.raised:
            with pytest.raises(PolicyError):
                getattr(self.ours, method)(self.job, *arguments)
            return None
        answer = getattr(self.ours, method)(self.job, *arguments)
        assert answer == wanted
        return answer

    @initialize(
        n=st.integers(1, len(SIZES)),
        default=st.integers(0, len(SIZES) - 1),
        concurrency=st.booleans(),
        window_size=st.integers(0, 4),
        prior_mean=st.sampled_from([0.0, -1e3]),
        prior_precision=st.sampled_from([0.0, 1e-3, 5.0]),
        seed=st.integers(0, 2**32),
    )
    def begin(self, n, default, **options):
        self.sizes, self.concurrency = SIZES[:n], options["concurrency"]
        self.job = Job("squad", "bert", "adamw", 84.0, 6, default_bs=self.sizes[default % n])
        self.ours = PruningGTSBatchSizeOptimizer(**options, verbose=False)
        self.published = PublishedPruningGTS(**options, verbose=False)
        self.both("register_job", self.sizes)

    @precondition(lambda self: not self.raised and self.in_flight is None)
    @rule()
    def submit(self):
        """A run starts."""
        self.in_flight = self.both("predict")
        self.started = True

    @precondition(lambda self: not self.raised and self.in_flight is not None)
    @rule(cost=COSTS, luck=st.integers(0, 4))
    def finish(self, cost, luck):
        """The run ends, and mostly reaches the target."""
        size, self.in_flight = self.in_flight, None
        self.both("observe", size, cost, luck > 0)

    # Told of the default size before the first run, the published one raises TypeError; see the last test.
    @precondition(lambda self: not self.raised and self.started and self.concurrency)
    @rule(cost=COSTS, converged=st.booleans(), at=st.integers(0, len(SIZES) - 1))
    def another_finishes(self, cost, converged, at):
        """A run that overlaps ends, be it of the size that pruning waits for or not."""
        self.both("observe", self.sizes[at % len(self.sizes)], cost, converged)

    @precondition(lambda self: not self.raised and self.in_flight is not None and not self.concurrency)
    @rule(deed=st.integers(0, 29), at=st.integers(0, len(SIZES) - 1))
    def misuse(self, deed, at):
        """Now and then: asked twice, told of another size, told nothing of the target."""
        if self.published.mabs or deed > 2:
            return
        if deed == 0:
            self.both("predict")
        elif deed == 1:
            self.both("observe", self.in_flight, 1.0, None)
        else:
            size, self.in_flight = self.in_flight, None
            self.both("observe", self.sizes[at % len(self.sizes)], 1.0, True)
            assert self.raised or size == self.sizes[at % len(self.sizes)]

    @precondition(lambda self: self.raised)
    @rule()
    def rest(self):
        """Nothing is promised after an error."""

    def teardown(self):
        if getattr(self, "published", None) and self.published.mabs and not self.raised:
            published = self.published.mabs[self.job]
            arms = self.ours._states[self.job].arms
            assert [arms.mean[: arms.n], arms.precision[: arms.n]] == [
                [belief[size] for size in published.arms]
                for belief in (published.arm_param_mean, published.arm_param_prec)
            ]


SideBySide.TestCase.settings = settings(
    max_examples=150, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
TestSideBySide = SideBySide.TestCase


@pytest.fixture
def pruning():
    return PruningGTSBatchSizeOptimizer(verbose=False)


def test_a_default_among_the_sizes_is_needed(pruning, job):
    """Exploration starts from the default: without one, or with one that is not feasible, the error lists sizes."""
    for bad in (Job("squad", "bert", "adamw", 84.0, 6), Job("squad", "bert", "adamw", 84.0, 6, default_bs=48)):
        with pytest.raises(PolicyError, match=r"one of \[16, 32\]"):
            pruning.register_job(bad, [32, 16])
        with pytest.raises((ValueError, LookupError)):
            PublishedPruningGTS(verbose=False).register_job(bad, [32, 16])


def test_an_error_leaves_what_was_learned(pruning, job, play):
    """A refused result is not half taken in: the state before and after is the same."""
    pruning.register_job(job, SIZES)
    play(pruning, lambda size, run: (1.0 + run, True), 3)
    pruning.predict(job)
    before = pruning.state_dict()
    for size, converged in ((32, True), (128, True), (256, False)):
        with pytest.raises(PolicyError, match="not the batch size that pruning waits for"):
            pruning.observe(job, size, 1.0, converged)
    with pytest.raises(PolicyError, match="whether the run reached"):
        pruning.observe(job, 64, 1.0)
    assert pruning.state_dict() == before


def test_having_pruned_everything_stays_an_error(pruning, job, play):
    """If no size is left there is nothing to predict, however often it is asked."""
    pruning.register_job(job, [16, 32])
    assert play(pruning, {32: (1.0, False)}, 1) == [32]
    with contextlib.suppress(PolicyError):
        play(pruning, {16: (1.0, False), 32: (1.0, False)}, 5)
    for _ in range(3):
        with pytest.raises(PolicyError, match="has been pruned"):
            pruning.predict(job)


def test_survivors_that_nobody_can_afford_are_none(pruning, job, play):
    """If what reached the target has cost infinity, there is no size to start the next round from: an error in both."""
    published = PublishedPruningGTS(verbose=False)
    for policy in (pruning, published):
        policy.register_job(job, [32, 64])
        assert play(policy, {32: (1.0, False), 64: (math.inf, True)}, 2) == [32, 64]
        for _ in range(2):
            with pytest.raises(ValueError, match=r"pruned|is not in list"):
                policy.predict(job)


@pytest.mark.parametrize(("rounds", "explored"), [(1, 3), (2, 6), (3, 9)])
def test_each_round_tries_every_survivor(job, play, rounds, explored):
    """With sizes that all reach the target, a round is one run of each; beliefs decide afterwards."""
    policy = create("pruning-gts", num_pruning_rounds=rounds, seed=1)
    policy.register_job(job, [16, 32, 64])
    chosen = play(policy, lambda size, run: (size + run / 100, True), explored)
    assert all(chosen.count(size) == rounds for size in (16, 32, 64))
    assert not policy._states[job].sampling
    policy.predict(job)
    assert policy._states[job].sampling


@pytest.mark.parametrize(("rounds", "window_size"), [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2)])
def test_a_window_must_hold_what_an_arm_needs(job, play, rounds, window_size):
    """An arm begins with two rewards, or one after a single round; a shorter window is an error however often asked."""
    policy = create("pruning-gts", num_pruning_rounds=rounds, window_size=window_size)
    policy.register_job(job, [16, 32])
    play(policy, lambda size, run: (size + run / 100, True), 2 * rounds)
    if window_size >= min(2, rounds):
        assert policy.predict(job) in (16, 32)
        return
    for _ in range(3):
        with pytest.raises(PolicyError, match="window_size is shorter") as caught:
            policy.predict(job)
        assert caught.type is PolicyError


def test_one_question_at_a_time(pruning, job):
    """While the result of an explored size is awaited there is no other to hand out."""
    pruning.register_job(job, [16, 32])
    assert pruning.predict(job) == 32
    with pytest.raises(PolicyError, match="no result yet"):
        pruning.predict(job)


def test_at_least_one_round():
    """Without a round of pruning there are no arms."""
    with pytest.raises(PolicyError, match="at least 1"):
        PruningGTSBatchSizeOptimizer(num_pruning_rounds=0)


def test_an_early_result_is_remembered_here_and_an_error_there(job):
    """With overlapping runs, the default size may be heard of before anything was asked: TypeError there, fine here."""
    published = PublishedPruningGTS(concurrency=True, verbose=False)
    published.register_job(job, [16, 32])
    with pytest.raises(TypeError, match="just-started generator"):
        published.observe(job, 32, 1.0, True)

    ours = PruningGTSBatchSizeOptimizer(concurrency=True, verbose=False)
    ours.register_job(job, [16, 32])
    ours.observe(job, 32, 1.0, True)
    assert ours.predict(job) == 32
