"""Policies by name, stock ones and those of other packages alike.

Another package offers its policies as entry points, in its own pyproject.toml::

    [project.entry-points."simulator.policies"]
    my-policy = "my_package.my_module:MyBatchSizeOptimizer"

and power policies under ``simulator.power_policies``. Nothing is imported before it is asked for, so a broken policy
harms no other.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import sys
from functools import cache
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, cast

from simulator.errors import PolicyError, UnknownPolicyError, nearest
from simulator.policy.kind import check_policy
from simulator.policy.options import HOUSE_ARGUMENTS, bind, split

if TYPE_CHECKING:
    from simulator.policy.interface import BatchSizeOptimizer, PowerLimitOptimizer

__all__ = ["create", "create_power", "describe", "describe_power", "names", "options", "power_names", "power_options"]

POLICIES = "simulator.policies"
POWER_POLICIES = "simulator.power_policies"

#: The stock policies of each group: one line a policy.
STOCK = {
    POLICIES: {
        "pruning-gts": "simulator.policy.pruning_gts:PruningGTSBatchSizeOptimizer",
        "unimodal-ucb": "simulator.policy.unimodal_ucb:UnimodalUCBBatchSizeOptimizer",
        "gts": "simulator.policy.gts:learning_gts",
        "default": "simulator.policy.default:DefaultBatchSizeOptimizer",
        "oracle": "simulator.policy.oracle:OracleBatchSizeOptimizer",
        "random": "simulator.policy.random_choice:RandomBatchSizeOptimizer",
        "grid": "simulator.policy.grid:GridBatchSizeOptimizer",
        "grid-pruning": "simulator.policy.grid_pruning:GridPruningBatchSizeOptimizer",
        "epsilon-greedy": "simulator.policy.epsilon_greedy:EpsilonGreedyBatchSizeOptimizer",
        "ucb": "simulator.policy.ucb:UCBBatchSizeOptimizer",
        "successive-halving": "simulator.policy.successive_halving:SuccessiveHalvingBatchSizeOptimizer",
    },
    POWER_POLICIES: {
        "jit": "simulator.policy.power.jit:JITPowerLimitOptimizer",
        "full": "simulator.policy.power.full:FullPowerLimitOptimizer",
        "fixed": "simulator.policy.power.fixed:FixedPowerLimitOptimizer",
        "oracle": "simulator.policy.power.oracle:OraclePowerLimitOptimizer",
        "bounded-slowdown": "simulator.policy.power.bounded_slowdown:BoundedSlowdownPowerLimitOptimizer",
    },
}


def names() -> list[str]:
    """Names of the batch size policies: the stock ones, then those of other packages.

    Examples
    --------
    >>> names()[:3]
    ['pruning-gts', 'unimodal-ucb', 'gts']
    """
    return list(_entries(POLICIES, tuple(sys.path)))


def power_names() -> list[str]:
    """Names of the power policies: the stock ones, then those of other packages.

    Examples
    --------
    >>> power_names()[:5]
    ['jit', 'full', 'fixed', 'oracle', 'bounded-slowdown']
    """
    return list(_entries(POWER_POLICIES, tuple(sys.path)))


def create(name: str, *, seed: int = 123456, overlapping: bool = False, **options: Any) -> BatchSizeOptimizer:
    """Make a batch size policy.

    Parameters
    ----------
    name
        Its name; options may follow, as on the command line: ``epsilon-greedy:0.2``, ``pruning-gts:window_size=10``.
    seed
        Seed of its own draws, for those that draw.
    overlapping
        Whether runs of a job may overlap: sets ``concurrency`` for policies that have it.
    options
        Further arguments of the policy.

    Returns
    -------
    BatchSizeOptimizer
        A new policy that is not verbose.

    Raises
    ------
    UnknownPolicyError
        If there is no such policy.
    PolicyError
        If it has no such option, the value makes no sense, or the package that offers the policy is broken.

    Examples
    --------
    >>> create("epsilon-greedy:0.2", seed=1).name
    'Epsilon-greedy'
    """
    concurrency = {"concurrency": True} if overlapping else {}
    return cast("BatchSizeOptimizer", _create(POLICIES, name, options, seed=seed, **concurrency))


def create_power(name: str, **options: Any) -> PowerLimitOptimizer:
    """Make a power policy.

    Parameters
    ----------
    name
        Its name; options may follow, as on the command line: ``fixed:150``, ``bounded-slowdown:10``.
    options
        Further arguments of the policy.

    Returns
    -------
    PowerLimitOptimizer
        A new policy that is not verbose.

    Raises
    ------
    UnknownPolicyError
        If there is no such policy.
    PolicyError
        If it has no such option, the value makes no sense, or the package that offers the policy is broken.

    Examples
    --------
    >>> create_power("fixed:150").name
    'Fixed at 150 W'
    """
    return cast("PowerLimitOptimizer", _create(POWER_POLICIES, name, options))


def describe(name: str) -> str:
    """Say in one line what a batch size policy does; of a broken one, what is wrong with it.

    Examples
    --------
    >>> describe("pruning-gts")
    'Pruning exploration first, then one Gaussian bandit over the survivors.'
    """
    return _describe(POLICIES, name)


def describe_power(name: str) -> str:
    """Say in one line what a power policy does; of a broken one, what is wrong with it."""
    return _describe(POWER_POLICIES, name)


def options(name: str) -> dict[str, Any]:
    """Options of a batch size policy with their defaults; those that a replay sets by itself are left out.

    An option without a default has ``inspect.Parameter.empty``. A broken policy has no options.

    Examples
    --------
    >>> options("epsilon-greedy")
    {'epsilon': 0.1}
    """
    return _options(POLICIES, name)


def power_options(name: str) -> dict[str, Any]:
    """Options of a power policy with their defaults, as `options` does."""
    return _options(POWER_POLICIES, name)


@cache
def _entries(group: str, path: tuple[str, ...]) -> dict[str, list[EntryPoint]]:
    """Entry points of a group by name, found anew if the import path has changed. Stock names cannot be taken."""
    found = {name: [EntryPoint(name, value, group)] for name, value in STOCK[group].items()}
    for entry in sorted(importlib.metadata.entry_points(group=group), key=lambda entry: entry.name):
        same_name = found.setdefault(entry.name, [])
        # One package may be found twice, on two entries of the path.
        if entry.name not in STOCK[group] and entry.value not in {other.value for other in same_name}:
            same_name.append(entry)
    return found


def _load(group: str, name: str) -> Any:
    entries = _entries(group, tuple(sys.path))
    if name not in entries:
        kind = "power policy" if group == POWER_POLICIES else "policy"
        known = f"; there are {', '.join(entries)}{nearest(name, entries)}"
        if group == POLICIES and name in power_names():
            known = f", but a power policy is: power_policy={name}, or default+{name} on the command line"
        raise UnknownPolicyError(f"no {kind} is called {name!r}{known}")
    if len(entries[name]) > 1:
        where = " and ".join(entry.value for entry in entries[name])
        raise PolicyError(f"two packages offer a policy {name!r}: {where}; uninstall one")
    (entry,) = entries[name]
    try:
        return entry.load()
    except Exception as error:  # whatever a foreign package raises when imported
        package = f" of package {entry.dist.name!r}" if entry.dist else ""
        raise PolicyError(f"the policy {name!r}{package} cannot be loaded from {entry.value!r}: {error!r}") from error


def _create(group: str, spec: str, options: dict[str, Any], **house: Any) -> Any:
    name, pairs = split(spec)
    factory = _load(group, name)
    arguments = bind(name, factory, [*pairs, *options.items()], verbose=False, **house)
    try:
        policy = factory(**arguments)
    except (TypeError, ValueError) as error:
        how = "" if isinstance(error, PolicyError) else f" cannot be made with {arguments}"
        raise PolicyError(f"{spec!r}{how}: {error}") from error
    check_policy(repr(name), policy, takes_size=group == POWER_POLICIES)
    return policy


def _describe(group: str, name: str) -> str:
    try:
        text = _load(group, split(name)[0]).__doc__ or ""
    except UnknownPolicyError:
        raise
    except PolicyError as error:
        return str(error)
    return text.strip().partition("\n")[0] or "(not described)"


def _options(group: str, name: str) -> dict[str, Any]:
    try:
        parameters = inspect.signature(_load(group, split(name)[0])).parameters
    except UnknownPolicyError:
        raise
    except (PolicyError, TypeError, ValueError):  # its description says what is wrong
        return {}
    return {
        key: item.default
        for key, item in parameters.items()
        if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY) and key not in (*HOUSE_ARGUMENTS, "concurrency")
    }
