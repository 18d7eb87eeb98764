"""One task in place of two equal ones: what either of them needs beside its fields, it needs."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from simulator.explore.config.config import _put

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.explore.config.task import Task, TokenDependency

__all__ = ["join"]


def join(first: Task, other: Task) -> bool:
    """Let a task need what an equal one needs as well; ids do not tell of these, so that they stay.

    Parameters
    ----------
    first
        The one that stays.
    other
        One of the same id, sealed. Tasks that were added to it are added; of each token, the larger number counts.

    Returns
    -------
    bool
        Whether the first needs more than before.
    """
    known = {task.id for task in first._needed}
    tasks = tuple(task for task in other._needed if task.id not in known)
    tokens = _by_name(first.tokens)
    for name, uses in _by_name(other.tokens).items():
        if _count(uses) > _count(tokens.get(name, ())):
            tokens[name] = uses
    joined = tuple(chain.from_iterable(tokens.values()))
    more = bool(tasks) or _count(joined) > _count(first.tokens)
    if more:
        _put(first, "_needed", (*first._needed, *tasks))
        _put(first, "_tokens", joined)
    return more


def _by_name(uses: Iterable[TokenDependency]) -> dict[str, list[TokenDependency]]:
    found: dict[str, list[TokenDependency]] = {}
    for use in uses:
        found.setdefault(use.token.name, []).append(use)
    return found


def _count(uses: Iterable[TokenDependency]) -> int:
    return sum(use.count for use in uses)
