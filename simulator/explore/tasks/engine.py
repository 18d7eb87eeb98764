"""Which engine replays a chunk: compiled code once a process has replayed so much that it is worth it.

A sweep comes in chunks, each too short to be worth compiling for, though all of them together are. So what a process
has replayed before counts as well. Results do not depend on it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Hashable

    from simulator.replay.request import Request

__all__ = ["engine_for"]

#: Runs that this process was asked for so far, by policies.
_asked: Counter[Hashable] = Counter()


def engine_for(policies: Hashable, request: Request) -> Literal["auto", "vectorized"]:
    """Choose the engine of a call, as a word that `simulator.replay` understands.

    Parameters
    ----------
    policies
        Names of both policies: compiled code is of these.
    request
        What is to be replayed now.
    """
    from simulator.replay.choice import choose_engine

    _asked[policies] += len(request.seeds) * sum(plan.recurrences for each in request.settings for plan in each.plans)
    compiled = all(
        choose_engine("auto", each, first_seed=request.seeds[0], runs=_asked[policies], workers=1).name == "vectorized"
        for each in request.settings
    )
    return "vectorized" if compiled else "auto"
