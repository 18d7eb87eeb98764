"""The policies of a job, made from what it was registered with."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from simulator.errors import PolicyError, SpecError
from simulator.job import Job
from simulator.policy import registry
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.interface import BatchSizeOptimizer, PowerLimitOptimizer
from simulator.policy.options import HOUSE_ARGUMENTS, split

if TYPE_CHECKING:
    from simulator.service.model import JobSpec

__all__ = ["check_spec", "make_policy", "make_power_policy", "trained"]

#: Fields of a registration that are options of the policy, for policies that have them.
KNOBS = ("num_pruning_rounds", "window_size", "prior_mean", "prior_precision", "num_exploration")


def trained(spec: JobSpec) -> Job:
    """Name what a job trains, as policies know it."""
    return Job(
        spec.dataset,
        spec.network,
        spec.optimizer,
        spec.target_metric,
        spec.max_epochs,
        default_bs=spec.default_batch_size,
        higher_is_better=spec.higher_is_better,
    )


def make_policy(spec: JobSpec, *, seed: int) -> PlainStateOptimizer[Any]:
    """Make the batch size policy of a job, which is not introduced to the job yet.

    Knobs of the registration are passed to a policy that has them, unless the words behind its name set them.

    Raises
    ------
    PolicyError
        If there is no such policy, it has no such option, or its state is no plain data.
    """
    name, pairs = split(spec.policy)
    said = {option for option, _ in pairs}
    offered = registry.options(name) if "" not in said else {}
    knobs = {knob: getattr(spec, knob) for knob in KNOBS if knob in offered and knob not in said}
    policy = registry.create(spec.policy, seed=seed, overlapping=True, **knobs)
    if not isinstance(policy, PlainStateOptimizer):
        raise PolicyError(
            f"policy {spec.policy!r} is no PlainStateOptimizer; a live job needs one, whose state can be stored"
        )
    return policy


def make_power_policy(spec: JobSpec) -> PowerLimitOptimizer | None:
    """Make the power policy of a job and introduce it to the job; None if the job has none.

    Raises
    ------
    PolicyError
        If there is no such policy, it has no such option, does not like the limits, or cannot be stored.
    """
    if spec.power_policy is None:
        return None
    policy = registry.create_power(spec.power_policy)
    if not hasattr(policy, "state_dict") or not hasattr(policy, "load_state_dict"):
        raise PolicyError(
            f"power policy {spec.power_policy!r} has no state_dict and load_state_dict; a live job needs one whose "
            "state can be stored"
        )
    if register := getattr(policy, "register_job", None):
        register(trained(spec), {size: list(spec.power_limits_w) for size in spec.batch_sizes})
    return policy


def check_spec(spec: JobSpec) -> None:
    """Refuse a job that its policies cannot serve.

    Raises
    ------
    SpecError
        If a policy does not exist, cannot be made, needs to know the future, or would fail later.
    """
    try:
        policy, power_policy = make_policy(spec, seed=0), make_power_policy(spec)
        _check_foresight(spec, policy, power_policy)
        policy.register_job(trained(spec), list(spec.batch_sizes))
    except PolicyError as error:
        raise SpecError(f"this job cannot be served: {error}") from error
    _check_words(spec)
    _check_window(spec, policy)


def _check_words(spec: JobSpec) -> None:
    """Refuse options that the service sets itself: they would change nothing, or fill its log."""
    for words in (spec.policy, spec.power_policy or ""):
        for option, _ in split(words)[1]:
            if option in HOUSE_ARGUMENTS:
                raise SpecError(f"policy {words!r} sets {option}; leave it out: a job's seed is its field seed")


def _check_foresight(spec: JobSpec, policy: BatchSizeOptimizer, power_policy: PowerLimitOptimizer | None) -> None:
    """Refuse policies that only a replay can ask, before they refuse in its words."""
    for field, made, base in (
        ("policy", policy, BatchSizeOptimizer),
        ("power_policy", power_policy, PowerLimitOptimizer),
    ):
        if made is not None and _foresees(made, base):
            raise SpecError(
                f"{field} {getattr(spec, field)!r} must be shown all costs beforehand, and a live job's are not known; "
                "choose another one"
            )


def _foresees(policy: object, base: type) -> bool:
    """Whether a policy looks at what was recorded about a job."""
    reveal = inspect.getattr_static(type(policy), "reveal", None)
    return reveal is not None and reveal is not inspect.getattr_static(base, "reveal")


def _check_window(spec: JobSpec, policy: PlainStateOptimizer[Any]) -> None:
    """Refuse a window in which beliefs never get the results that they need to begin, or to decide."""
    window = getattr(policy, "window_size", 0)
    least = max(min(2, getattr(policy, "num_pruning_rounds", 0)), getattr(policy, "num_exploration", 0))
    if 0 < window < least:
        raise SpecError(
            f"window_size is {window}, and policy {spec.policy!r} needs {least} results of a batch size before beliefs "
            f"decide: at least {least}, or 0 for no window"
        )
