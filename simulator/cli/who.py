"""From ``NAME+POWER`` to a batch size policy with its power policy."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from simulator.compare.summary import BASELINE
from simulator.errors import PolicyError
from simulator.policy import BatchSizeOptimizer, create, create_power, names
from simulator.replay.who import split_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Pair", "pairs"]

_logger = logging.getLogger(__name__)

#: Hindsight is whole only with hindsight about power.
_USUAL = {"oracle": "oracle+oracle"}


class Pair(NamedTuple):
    """Who decides in a replay.

    Parameters
    ----------
    policy, power_policy
        Names, with options if they have any.
    window
        Latest rewards that beliefs rest on; 0 leaves the policy's own.
    """

    policy: str
    power_policy: str
    window: int = 0


def pairs(words: Sequence[str], *, power_policy: str, window: int = 0, live: bool = False) -> list[Pair]:
    """Read the policies that a user named, each once; none named means the baseline and all that can be made.

    Parameters
    ----------
    words
        Names of batch size policies, each with ``+`` and a power policy if it wants one of its own.
    power_policy
        Power policy of the others.
    window
        Window of those policies that have one.
    live
        Whether they decide as for a live job: if none are named, those that must know all costs beforehand are left
        out, and that is said.

    Returns
    -------
    list of Pair
        Who decides, in the order named.

    Raises
    ------
    PolicyError
        If one that is named is unknown or has no such option, rather now than after half of the replays; or if there
        is a window, and no policy that has one.
    """
    named = words or (BASELINE, *(_USUAL.get(name, name) for name in names() if _can_be_made(name, live=live)))
    split = [split_pair(word, power_policy=power_policy) for word in named]
    found = []
    for policy, power in dict.fromkeys(split):
        create(policy)
        create_power(power)
        found.append(Pair(policy, power, window if window and _has_window(policy, window) else 0))
    if window and not any(pair.window for pair in found):
        raise PolicyError(f"--window {window}, but none of {', '.join(pair.policy for pair in found)} has a window")
    return found


def _can_be_made(name: str, *, live: bool) -> bool:
    """Try to make a policy that nobody asked for; of one that is broken, say so and do without it."""
    try:
        made = create(name)
    except Exception as error:  # whatever a foreign package raises
        _logger.warning("left out the policy %s: %s", name, " ".join(f"{error}".split()))
        return False
    usual = BatchSizeOptimizer.reveal
    if live and getattr(type(made), "reveal", usual) is not usual:
        _logger.warning("left out the policy %s: it must know all costs beforehand, and a service cannot", name)
        return False
    return True


def _has_window(policy: str, window: int) -> bool:
    try:
        create(policy, window_size=window)
    except PolicyError:
        return False
    return True
