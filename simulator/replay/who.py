"""Who decides: turns what a user says (a name, an instance, a factory) into fresh policies for each replay."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from simulator.check import whole_number
from simulator.errors import PolicyError, ReplayError
from simulator.policy import BatchSizeOptimizer, JITPowerLimitOptimizer, PowerLimitOptimizer, create, create_power
from simulator.policy.kind import check_policy

__all__ = ["BatchPolicyLike", "PowerPolicyLike", "Who", "split_pair"]

BatchPolicyLike: TypeAlias = str | BatchSizeOptimizer | Callable[..., BatchSizeOptimizer]
PowerPolicyLike: TypeAlias = str | PowerLimitOptimizer | Callable[..., PowerLimitOptimizer]

# A name starts with a letter, so that the + of a number such as 1e+3 is none of ours.
_PAIR = re.compile(r"(.+?)\+([a-z].*)")


def split_pair(word: str, *, power_policy: str = "jit") -> tuple[str, str]:
    """Split ``NAME+POWER`` into the names of a batch size policy and of a power policy, options included.

    Parameters
    ----------
    word
        A name, as it stands in result tables.
    power_policy
        Power policy of a name without one.

    Examples
    --------
    >>> split_pair("default+full"), split_pair("ucb:1e+0")
    (('default', 'full'), ('ucb:1e+0', 'jit'))
    """
    match = _PAIR.fullmatch(word)
    return (match[1], match[2]) if match else (word, power_policy)


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

    Raises
    ------
    PolicyError
        If a name is unknown, or something makes no policy of its kind.
    ReplayError
        If the window makes no sense, or the policy has none.
    """

    def __init__(
        self, policy: BatchPolicyLike, power_policy: PowerPolicyLike, *, window: int = 0, overlapping: bool = False
    ) -> None:
        window = whole_number("window", window, error=ReplayError, least=0)
        self._policy = policy
        self._power_policy = power_policy
        self._options: dict[str, Any] = {"window_size": window} if window else {}
        self._overlapping = overlapping
        batch_policy, power = self.make(0)
        #: What both are called, and the pair: ``policy``, or ``policy+power`` if the power policy is not JIT.
        self.policy_name = _name(policy, batch_policy, self._options)
        self.power_name = "jit" if isinstance(power, JITPowerLimitOptimizer) else _name(power_policy, power, {})
        self.label = self.policy_name + ("" if self.power_name == "jit" else f"+{self.power_name}")
        #: Whether both were named, so that anybody who knows the names can make them.
        self.are_named = isinstance(policy, str) and isinstance(power_policy, str)

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
        """
        if isinstance(self._policy, str):
            policy = create(self._policy, seed=seed, overlapping=self._overlapping, **self._options)
        else:
            policy = _fresh(self._policy, seed, self._options)
            check_policy("policy", policy, takes_size=False)
        if isinstance(self._power_policy, str):
            return policy, create_power(self._power_policy)
        power = _fresh(self._power_policy, seed, {})
        check_policy("power_policy", power, takes_size=True)
        return policy, power


def _fresh(source: Any, seed: int, options: dict[str, Any]) -> Any:
    """Copy an instance, or call a factory; a class is a factory."""
    if not inspect.isclass(source) and hasattr(source, "predict"):
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
    try:
        return source(**seeded, **options)
    except TypeError as error:
        raise PolicyError(f"{source!r} makes no policy without more arguments: {error}; use a lambda") from error


def _name(source: Any, policy: Any, options: dict[str, Any]) -> str:
    """Name a policy: as the user did, a class or function by its own name, a lambda or an instance by the policy's."""
    name = source if isinstance(source, str) else getattr(source, "__name__", "<lambda>")
    name = str(policy.name) if name == "<lambda>" else name
    words = ",".join(f"{option}={value}" for option, value in options.items())
    return name + (f"{',' if ':' in name else ':'}{words}" if words else "")
