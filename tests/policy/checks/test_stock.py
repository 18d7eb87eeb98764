"""Every stock policy keeps every rule of the contract; the published classes break some."""

from __future__ import annotations

from functools import partial

import pytest
from zeus._legacy.policy import JITPowerLimitOptimizer as PublishedJIT
from zeus._legacy.policy import PruningGTSBatchSizeOptimizer as PublishedPruningGTS
from zeus._legacy.policy.optimizer import GTSBatchSizeOptimizer as PublishedGTS

from simulator.policy import GTSBatchSizeOptimizer, JITPowerLimitOptimizer, create, create_power, names, power_names
from simulator.policy.checks import (
    ContractError,
    batch_size_checks,
    check_batch_size_policy,
    check_power_policy,
    power_checks,
)

SPECS = [
    *names(),
    "pruning-gts:window_size=2",
    "pruning-gts:concurrency=true,num_pruning_rounds=3",
    "pruning-gts:num_exploration=4,num_pruning_rounds=1",
    "pruning-gts:num_exploration=0",
    "gts:num_exploration=0,prior_mean=-1,prior_precision=1",
    "epsilon-greedy:0.9",
    "ucb:0.05",
    "grid:3",
    "successive-halving:2",
]
POWER_SPECS = [name for name in power_names() if name != "fixed"] + ["fixed:150", "bounded-slowdown:50"]


@pytest.mark.parametrize("check", batch_size_checks(), ids=str)
@pytest.mark.parametrize("spec", SPECS)
def test_batch_size_policies_keep_the_rule(spec, check):
    """What is registered by name keeps every rule, with its options as well."""
    check(partial(create, spec))


@pytest.mark.parametrize("check", power_checks(), ids=str)
@pytest.mark.parametrize("spec", POWER_SPECS)
def test_power_policies_keep_the_rule(spec, check):
    """What is registered by name keeps every rule, with its options as well."""
    check(partial(create_power, spec))


@pytest.mark.parametrize("learn", [True, False])
def test_the_class_with_fixed_precision_keeps_the_rules(learn):
    """The published constructor's other mode is no less plain data."""
    check_batch_size_policy(partial(GTSBatchSizeOptimizer, learn, reward_precision=2.0, verbose=False))


def test_verbose_means_logging():
    """A verbose policy logs, and so still prints nothing."""
    check_batch_size_policy(partial(create, "pruning-gts", verbose=True))
    check_power_policy(JITPowerLimitOptimizer)


def broken_by(check_policy, factory):
    with pytest.raises(ContractError) as caught:
        check_policy(factory)
    return caught.value.broken


def test_the_published_pruning_optimizer_breaks_four_rules(capsys):
    """Its explorer is a generator: no copy, no pickle; it starts anew when registered again, and strangers kill it."""
    broken = broken_by(check_batch_size_policy, partial(PublishedPruningGTS, verbose=False))
    assert list(broken) == ["deepcopy", "pickle", "registered-again", "unknown-size"]
    assert "cannot go on from move 1" in broken["deepcopy"]
    assert "generator" in broken["pickle"]
    assert capsys.readouterr().out == ""


def test_the_published_optimizers_print_if_verbose(capsys):
    """Their default is to print; the kit says so, and keeps the flood to itself."""
    assert (
        "printed '[Pruning GaussianTS BSO] Registered"
        in broken_by(check_batch_size_policy, PublishedPruningGTS)["silent"]
    )
    assert "silent" in broken_by(check_power_policy, PublishedJIT)
    assert capsys.readouterr().out == ""


def test_the_published_jit_cannot_be_pickled():
    """Its dictionaries are made by a closure; all else is in order."""
    assert list(broken_by(check_power_policy, partial(PublishedJIT, verbose=False))) == ["pickle"]


def test_the_published_gts_is_in_order():
    """The bandit alone, without the explorer, is plain enough: the kit does not cry wolf."""
    check_batch_size_policy(partial(PublishedGTS, True, num_exploration=2, verbose=False))
