"""Why a batch size was chosen, in words with the numbers of that moment."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

from simulator.policy.exploration import PruningExploration
from simulator.policy.gaussian import GaussianArms
from simulator.policy.tally import Tally, expected_cost

if TYPE_CHECKING:
    from simulator.service.deciding.live import LivePolicy

__all__ = ["again_reason", "beside_reason", "chosen_reason"]

#: How many batch sizes are told apart; the others are counted.
SHOWN = 8


def chosen_reason(live: LivePolicy, batch_size: int) -> str:
    """Say why the policy chose a size just now."""
    state, sizes = live.state, live.policy.sizes_of(live.trained)
    parts = {type(getattr(state, item.name)): getattr(state, item.name) for item in fields(state)}
    if live.explores() and PruningExploration in parts:
        return _walk_reason(parts[PruningExploration], sizes, batch_size, getattr(live.policy, "num_pruning_rounds", 1))
    arm_sizes = live.policy.sizes_of_arms(live.trained)
    if arm_sizes and GaussianArms in parts:
        return _arms_reason(parts[GaussianArms], arm_sizes, batch_size)
    if Tally in parts:
        return _tally_reason(live.policy.name, parts[Tally], sizes, batch_size)
    return f"Policy «{live.policy.name}» chose {batch_size}."


def beside_reason(batch_size: int, awaited: int, number: int, *, min_cost: float | None) -> str:
    """Say why the best known size is handed out beside an exploration."""
    known = "the default, since none has converged yet" if min_cost is None else f"the cheapest so far ({_j(min_cost)})"
    return f"Runs beside trial {number}, whose result for batch size {awaited} is awaited: {batch_size} is {known}."


def again_reason(batch_size: int) -> str:
    """Say why a size is handed out that was handed out before."""
    return (
        f"Batch size {batch_size} is handed out again: its result is awaited, and no trial that explores it is under "
        "way; the last one was lost, ended, or never began."
    )


def _walk_reason(walk: PruningExploration, sizes: list[int], batch_size: int, rounds: int) -> str:
    start = sizes[walk.start]
    way = "starts at" if batch_size == start else "goes down to" if batch_size < start else "goes up to"
    good = [size for size, reached in zip(sizes, walk.good, strict=True) if reached]
    found = (
        f"converged in it so far: {_some(good)}, cheapest {sizes[walk.best]} with {_j(walk.best_cost)}"
        if good
        else "nothing has converged in it yet"
    )
    alive = [size for size, takes_part in zip(sizes, walk.alive, strict=True) if takes_part]
    round_now = max(rounds - walk.rounds_left + 1, 1)
    return (
        f"Explores: pruning round {round_now} of {max(rounds, round_now)} over {_some(alive)} began at {start} and "
        f"{way} {batch_size}; {found}."
    )


def _arms_reason(arms: GaussianArms, sizes: list[int], batch_size: int) -> str:
    few = [f"{size} ({arms.count[k]})" for k, size in enumerate(sizes) if arms.count[k] < arms.num_exploration]
    if few:
        return (
            f"Batch size {batch_size} came first in a random order among those with fewer than the "
            f"{arms.num_exploration} results that a belief needs: {_some(few)}."
        )
    draws = {size: arms.mean[k] + arms.spread[k] * arms.noise[k] for k, size in enumerate(sizes)}
    ranked = sorted(sizes, key=lambda size: -math.inf if math.isnan(draws[size]) else draws[size], reverse=True)
    told = [
        f"{size}: drew {_j(-draws[size])} from {_j(-arms.mean[k])} ± {_j(arms.spread[k])} ({arms.count[k]} results)"
        for size in ranked
        for k in (sizes.index(size),)
    ]
    return f"Thompson sampling: {batch_size} has the least cost drawn from the beliefs. {_some(told, '; ')}."


def _tally_reason(name: str, tally: Tally, sizes: list[int], batch_size: int) -> str:
    told = [
        f"{sizes[position]}: {_j(expected_cost(tally, position))} ({tally.reached[position]} of {tally.runs[position]} "
        f"runs converged{', set aside' if tally.set_aside[position] else ''})"
        for position in tally.order
    ]
    return f"Policy «{name}» chose {batch_size}. Expected cost until the target is reached: {_some(told, '; ')}."


def _some(words: list[str] | list[int], joint: str = ", ") -> str:
    more = f"{joint}and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return joint.join(map(str, words[:SHOWN])) + more


def _j(cost: float) -> str:
    return "unknown" if math.isnan(cost) else "infinite" if math.isinf(cost) else f"{cost:.6g} J"
