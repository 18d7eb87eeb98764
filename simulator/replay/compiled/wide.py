"""What numba cannot say in Python and the processor does in one go: 128-bit products, sums over eight lanes.

Importing this module teaches numba to compile ``multiply_high``, ``pairwise_sum`` and ``pairwise_squares``; it is
imported where the engine is compiled and nowhere else, since numba takes a while to load.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.np.arrayobj import make_array

from simulator.replay.compiled.numpy_streams import multiply_high
from simulator.replay.compiled.structs import WordList
from simulator.replay.compiled.sums import pairwise_squares, pairwise_sum

__all__ = ["TAUGHT"]

TAUGHT = frozenset([multiply_high, pairwise_sum, pairwise_squares])
"""The functions that numba knows from here; to register them once more would be ambiguous."""

_LANES = 8
_LEAF = 128  # the most that numpy adds up without halving
_FLOAT, _WORD, _LONG = ir.DoubleType(), ir.IntType(64), ir.IntType(128)
_VECTOR = ir.VectorType(_FLOAT, _LANES)


def _teach(function: Any, signature: Any, generate: Any) -> None:
    """Tell numba the types of a function, and what to write where it is called."""
    extending.type_callable(function)(lambda _: signature)
    extending.lower_builtin(function, *[types.Any] * function.__code__.co_argcount)(generate)


def _type_product(one: Any, other: Any) -> Any:
    return types.uint64(types.uint64, types.uint64)


def _write_product(_context: Any, builder: Any, _signature: Any, words: Any) -> Any:
    product = builder.mul(*(builder.zext(word, _LONG) for word in words))
    return builder.trunc(builder.lshr(product, _LONG(64)), _WORD)


def _type_sum(values: Any, first: Any, n: Any) -> Any:
    return types.float64(values, types.int64, types.int64) if _are_neighbours(values) else None


def _type_squares(values: Any, first: Any, n: Any, mean: Any) -> Any:
    return types.float64(values, types.int64, types.int64, types.float64) if _are_neighbours(values) else None


def _are_neighbours(values: Any) -> bool:
    """Whether floats lie side by side; behind a pointer they do, whatever it is said to point to."""
    return isinstance(values, types.CPointer | WordList) or values == types.float64[::1]


def _write_sum(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    values, first, n, *mean = arguments
    if isinstance(signature.args[0], types.Array):
        values = make_array(signature.args[0])(context, builder, values).data
    start = builder.gep(builder.bitcast(values, _FLOAT.as_pointer()), [first])
    function = _pairwise(builder.module, squares=bool(mean))
    return builder.fadd(_FLOAT(0.0), builder.call(function, [start, n, *(mean or [_FLOAT(0.0)])]))


def _pairwise(module: Any, *, squares: bool) -> Any:
    """Write the sum of n terms: up to 128 in eight lanes, then the rest; more in two parts, the first of whole lanes.

    The lanes start from −0, which changes nothing that is added to it; numpy's one 0 is added at the very end.
    """
    kind = ir.FunctionType(_FLOAT, [_FLOAT.as_pointer(), _WORD, _FLOAT])
    function = cgutils.get_or_insert_function(module, kind, "pairwise_squares" if squares else "pairwise_sum")
    if not function.is_declaration:
        return function
    function.linkage = "internal"
    values, n, mean = function.args
    builder = ir.IRBuilder(function.append_basic_block())

    def term(place: Any, kind: Any, offset: Any) -> Any:
        value = builder.load(builder.bitcast(place, kind.as_pointer()), align=8)
        if not squares:
            return value
        distance = builder.fsub(value, offset)
        return builder.fmul(distance, distance)

    with builder.if_then(builder.icmp_signed(">", n, _WORD(_LEAF)), likely=False):
        part = builder.and_(builder.lshr(n, _WORD(1)), _WORD(-_LANES))
        one = builder.call(function, [values, part, mean])
        other = builder.call(function, [builder.gep(values, [part]), builder.sub(n, part), mean])
        builder.ret(builder.fadd(one, other))

    lanes = cgutils.alloca_once_value(builder, _VECTOR([-0.0] * _LANES))
    means = _VECTOR(ir.Undefined)
    for lane in range(_LANES):
        means = builder.insert_element(means, mean, _WORD(lane))
    whole = builder.and_(n, _WORD(-_LANES))
    with cgutils.for_range_slice(builder, _WORD(0), whole, _WORD(_LANES)) as (index, _):
        builder.store(builder.fadd(builder.load(lanes), term(builder.gep(values, [index]), _VECTOR, means)), lanes)

    sums = [builder.extract_element(builder.load(lanes), _WORD(lane)) for lane in range(_LANES)]
    while len(sums) > 1:
        sums = [builder.fadd(one, other) for one, other in zip(sums[::2], sums[1::2], strict=True)]
    total = cgutils.alloca_once_value(builder, sums[0])
    with cgutils.for_range_slice(builder, whole, n, _WORD(1)) as (index, _):
        builder.store(builder.fadd(builder.load(total), term(builder.gep(values, [index]), _FLOAT, mean)), total)
    builder.ret(builder.load(total))
    return function


_teach(multiply_high, _type_product, _write_product)
_teach(pairwise_sum, _type_sum, _write_sum)
_teach(pairwise_squares, _type_squares, _write_sum)
