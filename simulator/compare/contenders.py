"""Who is compared: from what a user names to replays with a name of their own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.compare.summary import BASELINE
from simulator.errors import PolicyError, ReplayError, UnknownPolicyError, nearest
from simulator.replay.who import BatchPolicyLike, PowerPolicyLike, Who, split_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Contender", "choose_baseline", "contenders"]


class Contender(NamedTuple):
    """A batch size policy with its power policy.

    Parameters
    ----------
    name
        What both are called: ``policy`` of result tables.
    policy, power_policy, window
        What `simulator.replay` is to be given.
    """

    name: str
    policy: BatchPolicyLike
    power_policy: PowerPolicyLike
    window: int


def contenders(
    policies: Sequence[Any], *, window: int = 0, overlapping: bool = False, least: int = 2
) -> list[Contender]:
    """Find out who is to be compared.

    Parameters
    ----------
    policies
        For each a registered name, with ``+`` and a power policy if it is not JIT's (``"default+full"``); or an
        instance or a factory; or a pair of either with a power policy.
    window
        Window of those policies that have one.
    overlapping
        Whether runs of a job may overlap.
    least
        How many there must be.

    Returns
    -------
    list of Contender
        In the order given.

    Raises
    ------
    PolicyError
        If a policy is unknown or none.
    ReplayError
        If there are too few, two share a name, or there is a window and no policy that has one.
    """
    if isinstance(policies, str) or len(policies) < least:
        wanted = "a comparison takes two" if least > 1 else "give one"
        raise ReplayError(f"policies is {policies!r}; {wanted} at least: policies=['default+full', 'pruning-gts']")
    found = [_contender(policy, window=window, overlapping=overlapping) for policy in policies]
    name, times = Counter(each.name for each in found).most_common(1)[0]
    if times > 1:
        raise ReplayError(f"two policies are called {name!r}; name each once, and give instances names that differ")
    if window and not any(each.window for each in found):
        raise ReplayError(f"window={window}, but none of {', '.join(each.name for each in found)} has a window")
    return found


def choose_baseline(baseline: str | None, names: Sequence[str]) -> str:
    """Find the policy that the others are compared with.

    Parameters
    ----------
    baseline
        Its name. None: ``default+full`` if it is there, otherwise the first.
    names
        Names of all policies.

    Raises
    ------
    UnknownPolicyError
        If it is not among them.
    """
    if baseline is None:
        return BASELINE if BASELINE in names else names[0]
    if baseline not in names:
        raise UnknownPolicyError(
            f"the baseline {baseline!r} is not among the policies compared: {', '.join(names)}"
            f"{nearest(baseline, names)}; add it to policies"
        )
    return baseline


def _contender(given: Any, *, window: int, overlapping: bool) -> Contender:
    policy, power = given if isinstance(given, tuple) and len(given) == 2 else (given, "jit")
    if isinstance(policy, str):
        policy, power = split_pair(policy) if power == "jit" else (policy, power)
    plain = Who(policy, power, overlapping=overlapping)
    if window:
        try:
            return Contender(Who(policy, power, window=window, overlapping=overlapping).label, policy, power, window)
        except (PolicyError, ReplayError):  # it has no window, or its own
            pass
    return Contender(plain.label, policy, power, 0)
