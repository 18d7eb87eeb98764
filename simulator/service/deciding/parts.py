"""A policy's state in the parts in which it is stored, and put together again.

What grows, or is of interest by itself, has tables of its own: the stream of draws, beliefs about batch sizes, and
rewards. Everything else is one piece of JSON. Nothing is stored twice, and nothing is lost, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, cast, get_type_hints

from simulator.errors import PolicyError
from simulator.policy.gaussian import GaussianArms, spread_of
from simulator.policy.history import History
from simulator.policy.state import from_plain, to_plain
from simulator.policy.stream import RandomStream

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["Belief", "Parts", "join", "rewards_of", "split"]

#: What an arm believes: mean, precision, precision of a reward, number of rewards.
Belief = tuple[float, float, float, int]

#: Fields of `GaussianArms` with a number for each arm that is part of its belief. Its spread follows from these.
OF_BELIEF = ("mean", "precision", "reward_precision", "count")


@dataclass
class Parts:
    """A state in parts; one that the state does not have is None, or empty.

    Parameters
    ----------
    rest
        What has no table of its own, ready for JSON.
    generator
        Position of the stream of draws.
    beliefs
        What the first arms believe, by arm.
    rewards
        Rewards of each batch size.
    """

    rest: dict[str, Any]
    generator: dict[str, str] | None
    beliefs: list[Belief]
    rewards: History | None


def split(state: Any, n_arms: int) -> Parts:
    """Take a state apart; it stays as it is, and shares its rewards with the parts.

    Parameters
    ----------
    state
        State of a policy: a dataclass.
    n_arms
        How many of its arms are stored as beliefs; what is left of them stays in the rest.
    """
    homes = _homes(cast("Hashable", type(state)))
    rest = {item.name: to_plain(getattr(state, item.name)) for item in fields(state) if item.name not in homes.values()}
    parts = Parts(rest, None, [], None)
    if stream := homes.get(RandomStream):
        parts.generator = getattr(state, stream).to_plain()
    if history := homes.get(History):
        parts.rewards = getattr(state, history)
    if name := homes.get(GaussianArms):
        arms: GaussianArms = getattr(state, name)
        lists = (getattr(arms, key)[:n_arms] for key in OF_BELIEF)
        parts.beliefs = list(zip(*lists, strict=True))
        rest[name] = _tail(arms, n_arms)
    return parts


def rewards_of(state: Any) -> History | None:
    """Find the rewards in a state that `split` stores apart, None if it has none."""
    history = _homes(cast("Hashable", type(state))).get(History)
    return None if history is None else getattr(state, history)


def join(kind: type, parts: Parts) -> Any:
    """Put a state together; it makes the parts' rewards its own.

    Parameters
    ----------
    kind
        The state's type.
    parts
        What `split` returned, the rest perhaps written as JSON and read back.

    Raises
    ------
    PolicyError
        If these are not the parts of such a state.
    """
    homes, hints = _homes(kind), _hints(kind)
    try:
        values = {key: from_plain(hints[key], plain) for key, plain in parts.rest.items() if key not in homes.values()}
        if stream := homes.get(RandomStream):
            values[stream] = RandomStream.from_plain(parts.generator or {})
        if history := homes.get(History):
            values[history] = parts.rewards
        if name := homes.get(GaussianArms):
            values[name] = _arms(parts.beliefs, parts.rest[name])
        return kind(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise PolicyError(f"stored state does not fit {kind.__name__}: {error!r}") from error


def _tail(arms: GaussianArms, n_arms: int) -> dict[str, Any]:
    """Write of arms what is no stored belief: the same for all, room for draws, and arms that are not in use."""
    plain: dict[str, Any] = {
        item.name: to_plain(getattr(arms, item.name))
        for item in fields(arms)
        if item.name not in (*OF_BELIEF, "spread")
    }
    return plain | {key: to_plain(getattr(arms, key)[n_arms:]) for key in OF_BELIEF}


def _arms(beliefs: list[Belief], tail: dict[str, Any]) -> GaussianArms:
    hints = _hints(GaussianArms)
    values = {key: from_plain(hints[key], plain) for key, plain in tail.items()}
    for at, key in enumerate(OF_BELIEF):
        values[key] = [belief[at] for belief in beliefs] + values[key]
    return GaussianArms(**values, spread=[spread_of(precision) for precision in values["precision"]])


@cache
def _homes(kind: Hashable) -> dict[type, str]:
    """Find the fields whose values are stored apart; of several of a type, the first."""
    homes: dict[type, str] = {}
    for name, hint in _hints(kind).items():
        if hint in (RandomStream, History, GaussianArms):
            homes.setdefault(hint, name)
    return homes


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)
