"""Who decides: turns what a user says (a name, an instance, a factory) into fresh policies for each replay."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from simulator.errors import PolicyError, ReplayError
from simulator.policy import BatchSizeOptimizer, JITPowerLimitOptimizer, PowerLimitOptimizer, create, create_power

__all__ = ["BatchPolicyLike", "PowerPolicyLike", "Who"]

BatchPolicyLike: TypeAlias = str | BatchSizeOptimizer | Callable[..., BatchSizeOptimizer]
PowerPolicyLike: TypeAlias = str | PowerLimitOptimizer | Callable[..., PowerLimitOptimizer]


class Who:
    """Makes the policies of each replay.

    Parameters
    ----------
    policy, power_policy
        A registered name, an instance, or a factory.
    window
        Latest rewards that beliefs rest on, passed on as ``window_size``; 0 leaves the policy's own.
    overlapping
        Whether runs of the job may overlap.
    """

    def __init__(
        self, policy: BatchPolicyLike, power_policy: PowerPolicyLike, *, window: int = 0, overlapping: bool = False
    ) -> None:
        self._policy = policy
        self._power_policy = power_policy
        self._options: dict[str, Any] = {"window_size": window} if window else {}
        self._overlapping = overlapping

    @property
    def label(self) -> str:
        """What the pair is called in a result: the batch size policy, ``+`` the power policy if it is not JIT."""
        name = _name(self._policy)
        is_jit = self._power_policy == "jit" or isinstance(self._power_policy, JITPowerLimitOptimizer)
        return name if is_jit else f"{name}+{_name(self._power_policy)}"

    def make(self, seed: int) -> tuple[BatchSizeOptimizer, PowerLimitOptimizer]:
        """Make both policies for one replay.

        Parameters
        ----------
        seed
            Seed of the replay.

        Returns
        -------
        tuple of BatchSizeOptimizer and PowerLimitOptimizer
            Policies that share nothing with those of other replays.

        Raises
        ------
        PolicyError
            If a name is unknown, or something is no policy.
        ReplayError
            If a window is asked of a policy that has none.
        """
        if isinstance(self._policy, str):
            policy = create(self._policy, seed=seed, overlapping=self._overlapping, **self._options)
        else:
            policy = _fresh(self._policy, "predict", seed, self._options)
        if isinstance(self._power_policy, str):
            return policy, create_power(self._power_policy)
        return policy, _fresh(self._power_policy, "predict", seed, {})


def _fresh(source: Any, method: str, seed: int, options: dict[str, Any]) -> Any:
    """Copy an instance, or call a factory; a class is a factory."""
    if not inspect.isclass(source) and hasattr(source, method):
        if options:
            raise ReplayError(f"{source.name!r} is an instance and has its window already; leave window at 0")
        policy = copy.deepcopy(source)
        if hasattr(policy, "seed"):
            policy.seed = seed
        return policy
    if not callable(source):
        raise PolicyError(f"{source!r} is neither a policy's name, nor a policy, nor a factory of policies")
    known = inspect.signature(source).parameters
    if missing := set(options) - set(known):
        raise ReplayError(f"{source!r} takes no {', '.join(missing)}; leave window at 0")
    seeded = {"seed": seed} if "seed" in known else {}
    return source(**seeded, **options)


def _name(source: Any) -> str:
    if isinstance(source, str):
        return source
    if not inspect.isclass(source) and (name := getattr(source, "name", "")):
        return str(name)
    return str(getattr(source, "__name__", source))
