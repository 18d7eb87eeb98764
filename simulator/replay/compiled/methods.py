"""Streams and histories, compiled: the methods of `RandomStream` and `History` for what lies in words.

Imported where something is compiled and nowhere else.
"""

from __future__ import annotations

import functools
from typing import Any

from numba.extending import overload_method

from simulator.replay.compiled.dialect import allow
from simulator.replay.compiled.numpy_streams import bounded, permutation, uniform
from simulator.replay.compiled.structs import PastRewards, Stream, Struct
from simulator.replay.compiled.sums import pairwise_squares, pairwise_sum
from simulator.replay.compiled.ziggurat import standard_normal

__all__ = ["give_method"]


def give_method(kind: type[Struct], name: str, function: Any) -> None:
    """Make a plain function of a struct, which compiles, a method of all structs of its kind."""

    @functools.wraps(function)
    def factory(*_: Any) -> Any:
        return function

    allow(function)
    overload_method(kind, name)(factory)


def _integer(stream: Any, n: Any) -> Any:
    return bounded(stream.words, n)


def _uniform(stream: Any) -> Any:
    return uniform(stream.words)


def _permutation(stream: Any, into: Any, n: Any) -> Any:
    permutation(stream.words, into, n)


def _normals(stream: Any, into: Any, n: Any) -> Any:
    for i in range(n):
        into[i] = standard_normal(stream.words, stream.table)


def _append(history: Any, position: Any, value: Any) -> Any:
    count = history.counts[position]
    if count == history.room:  # the engine runs the replay again with more room
        history.full = True
        return
    history.numbers[position * history.room + count] = value
    history.counts[position] = count + 1


def _count(history: Any, position: Any) -> Any:
    return history.counts[position]


def _total(history: Any, position: Any, latest: Any) -> Any:
    first = position * history.room + history.counts[position] - latest
    return pairwise_sum(history.numbers, first, latest)


def _squares(history: Any, position: Any, latest: Any, mean: Any) -> Any:
    first = position * history.room + history.counts[position] - latest
    return pairwise_squares(history.numbers, first, latest, mean)


_METHODS: dict[type[Struct], tuple[Any, ...]] = {
    Stream: (_integer, _uniform, _permutation, _normals),
    PastRewards: (_append, _count, _total, _squares),
}
for _kind, _methods in _METHODS.items():
    for _method in _methods:
        give_method(_kind, _method.__name__[1:], _method)
