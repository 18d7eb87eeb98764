"""From ``NAME+POWER`` to a batch size policy with its power policy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.compare.summary import BASELINE
from simulator.policy import create, create_power, names

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["pairs"]

# A name starts with a letter, so that the + of a number such as 1e+3 is none of ours.
_PAIR = re.compile(r"(.+?)\+([a-z].*)")

#: Hindsight is whole only with hindsight about power.
_USUAL = {"oracle": "oracle+oracle"}


def pairs(words: Sequence[str], power: str) -> list[tuple[str, str]]:
    """Read the policies that a user named, each once; none named means the baseline and all there are.

    Parameters
    ----------
    words
        Names of batch size policies, each with ``+`` and a power policy if it wants one of its own.
    power
        Power policy of the others.

    Returns
    -------
    list of tuple of str and str
        Batch size policy and power policy.

    Raises
    ------
    PolicyError
        If one is unknown, or has no such option: rather now than after half of the replays.
    """
    named = words or (BASELINE, *(_USUAL.get(name, name) for name in names()))
    found = [match.groups() if (match := _PAIR.fullmatch(word)) else (word, power) for word in named]
    both = list(dict.fromkeys((policy, limits) for policy, limits in found))
    for policy, limits in both:
        create(policy)
        create_power(limits)
    return both
