"""The streams of numpy's ``default_rng``, draw by draw, in scalars that numba compiles: the same bits.

A stream is six 64-bit words in anything indexable: state (high, low), increment (high, low), whether half a word is
left over (0 or 1), and that half (which numpy keeps after its use). Functions that take ``words`` change them in place.
All is written for compiled code: uncompiled, numpy's scalars warn of every overflow that is meant here. Sources: M.
O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number Generation", 2014
(PCG64 XSL-RR); D. Lemire, "Fast Random Integer Generation in an Interval", 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import MutableSequence

__all__ = ["advance", "bounded", "multiply_high", "next32", "next64", "permutation", "uniform"]

# numba makes a float of an unsigned and a signed operand, so every constant that meets a word is an unsigned word.
_MULTIPLIER_HIGH = np.uint64(0x2360ED051FC65DA4)
_MULTIPLIER_LOW = np.uint64(0x4385DF649FCCF645)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(0xFFFFFFFF)
_ROTATION, _TURN = np.uint64(58), np.uint64(63)
_TO_53_BITS = np.uint64(11)
_UNIT = 2.0**-53
_FLOYD_LIMIT = 10_000


def multiply_high(one: np.uint64, other: np.uint64) -> np.uint64:
    """Multiply two words, the upper 64 bits; compiled, this is a single instruction (see ``wide.py``)."""
    return np.uint64(int(one) * int(other) >> 64)


def advance(words: MutableSequence[np.uint64]) -> None:
    """Step the generator: state becomes state · multiplier + increment, modulo 2^128."""
    high, low = words[0], words[1]
    product = low * _MULTIPLIER_LOW
    after = product + words[3]
    carry = _ONE if after < product else _ZERO
    words[0] = multiply_high(low, _MULTIPLIER_LOW) + high * _MULTIPLIER_LOW + low * _MULTIPLIER_HIGH + words[2] + carry
    words[1] = after


def next64(words: MutableSequence[np.uint64]) -> np.uint64:
    """Draw a word of 64 bits: the halves of the state xored, rotated by its upper six bits."""
    advance(words)
    mixed = words[0] ^ words[1]
    turn = words[0] >> _ROTATION
    return (mixed >> turn) | (mixed << ((~turn + _ONE) & _TURN))


def next32(words: MutableSequence[np.uint64]) -> np.uint64:
    """Draw a word of 32 bits: the lower half of a fresh word, then its upper half."""
    if words[4]:
        words[4] = _ZERO
        return words[5]
    word = next64(words)
    words[4] = _ONE
    words[5] = word >> _HALF
    return word & _LOW_HALF


def bounded(words: MutableSequence[np.uint64], n: int) -> np.int64:
    """``integers(n)``: a number from 0 to n − 1, for n from 1 to 2^32; nothing is drawn for n = 1."""
    if n == 1:
        return np.int64(0)
    bound = np.uint64(n)
    product = next32(words) * bound
    if product & _LOW_HALF < bound:  # else the costly remainder cannot matter
        surplus = (_ONE << _HALF) % bound
        while product & _LOW_HALF < surplus:
            product = next32(words) * bound
    return np.int64(product >> _HALF)


def uniform(words: MutableSequence[np.uint64]) -> float:
    """``random()``: a number of 53 bits in [0, 1)."""
    return np.int64(next64(words) >> _TO_53_BITS) * _UNIT


def permutation(words: MutableSequence[np.uint64], into: MutableSequence[Any], n: int) -> None:
    """``choice(n, n, replace=False)``: 0 to n − 1 in random order, for n from 0 to 2^32.

    Up to 10,000 numpy chooses by Floyd's method before it shuffles. Of n among n that method finds 0, 1, 2, ...
    whatever it draws, so its draws are made for the sake of the stream and forgotten.
    """
    if n <= _FLOYD_LIMIT:
        for last in range(n):
            bounded(words, last + 1)
    for position in range(n):
        into[position] = position
    for last in range(n - 1, 0, -1):
        other = int(bounded(words, last + 1))
        into[last], into[other] = into[other], into[last]
