"""Streams and histories, compiled: the methods of `RandomStream` and `History` for what lies in words.

Imported where something is compiled and nowhere else.
"""

from __future__ import annotations

import functools
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload_method

from simulator.replay.compiled.dialect import allow
from simulator.replay.compiled.layout import POSITION_WORDS
from simulator.replay.compiled.numpy_streams import bounded, next64, permutation, uniform
from simulator.replay.compiled.structs import PastRewards, Stream, Struct
from simulator.replay.compiled.sums import pairwise_squares, pairwise_sum
from simulator.replay.compiled.ziggurat import at, is_certain, settle

__all__ = ["give_method"]

#: Up to so many numbers, a pairwise sum grows by one addition a number, but for every eighth, which fills the lanes.
_LEAF, _LANES = 128, 8


def give_method(kind: type[Struct], name: str, function: Any) -> None:
    """Make a plain function of a struct, which compiles, a method of all structs of its kind."""

    @functools.wraps(function)
    def factory(*_: Any) -> Any:
        return function

    allow(function)
    overload_method(kind, name)(factory)


@intrinsic
def on_stack(_context: Any, words: Any) -> Any:
    """Copy the words of a stream to the stack, where nothing else can point to them: loops keep them in registers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        room = cgutils.alloca_once(builder, ir.ArrayType(ir.IntType(64), POSITION_WORDS))
        _copy(builder, arguments[0], room)
        return builder.bitcast(room, ir.IntType(8).as_pointer())

    return words(words), generate


@intrinsic
def put_back(_context: Any, words: Any, to: Any) -> Any:
    """Copy the words of a stream back to where they came from."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _copy(builder, *arguments)
        return context.get_dummy_value()

    return types.void(words, to), generate


def _copy(builder: Any, source: Any, target: Any) -> None:
    source, target = (builder.bitcast(place, ir.IntType(64).as_pointer()) for place in (source, target))
    for word in range(POSITION_WORDS):
        at = [ir.IntType(64)(word)]
        builder.store(builder.load(builder.gep(source, at)), builder.gep(target, at))


def _integer(stream: Any, n: Any) -> Any:
    return bounded(stream.words, n)


def _uniform(stream: Any) -> Any:
    return uniform(stream.words)


def _permutation(stream: Any, into: Any, n: Any) -> Any:
    words = on_stack(stream.words)
    permutation(words, into, n)
    put_back(words, stream.words)


def _normals(stream: Any, into: Any, n: Any) -> Any:
    words, table = on_stack(stream.words), stream.table
    for i in range(n):
        word = next64(words)
        if is_certain(word, table):
            into[i] = at(word, table)
        else:  # rare, and called: with a copy of its own, the words can stay in registers
            again = on_stack(words)
            into[i] = settle(again, table, word)
            put_back(again, words)
    put_back(words, stream.words)


def _append(history: Any, position: Any, value: Any) -> Any:
    count = history.counts[position]
    if count == history.room:  # the engine runs the replay again with more room
        history.full = True
        return
    first = position * history.room
    history.numbers[first + count] = value
    count += 1
    history.counts[position] = count
    if count % _LANES != 0:
        history.running[position] += value
    elif count <= _LEAF:
        history.running[position] = pairwise_sum(history.numbers, first, count)


def _count(history: Any, position: Any) -> Any:
    return history.counts[position]


def _total(history: Any, position: Any, latest: Any) -> Any:
    if latest == history.counts[position] and latest <= _LEAF:
        return 0.0 + history.running[position]
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
