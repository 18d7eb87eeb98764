"""From a seed to the state of its stream, as numpy's ``SeedSequence`` and ``PCG64`` go, for millions of seeds.

Source of the hash: M. E. O'Neill, "Developing a seed_seq Alternative", 2015, with the constants of numpy.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import ReplayError
from simulator.replay.compiled.numpy_streams import advance

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableSequence, Sequence

    from numpy.typing import NDArray

__all__ = ["entropy_words", "seed_words"]

_POOL = 4  # words of 32 bits
_FIRST_HASH, _NEXT_HASH = np.uint64(0x43B0D7E5), np.uint64(0x931E8875)
_MIX_LEFT, _MIX_RIGHT = np.uint64(0xCA01F9DD), np.uint64(0x4973F715)
_NEXT_OUTPUT = np.uint64(0x58F38DED)
# Each word of 64 bits is made with the next two powers of a multiplier, so the second starts two powers on.
_OUTPUTS = [0x8B51F9DD * pow(0x58F38DED, 2 * word, 1 << 32) % (1 << 32) for word in range(4)]
_OUTPUT_0, _OUTPUT_1, _OUTPUT_2, _OUTPUT_3 = map(np.uint64, _OUTPUTS)
_HALF, _SHIFT = np.uint64(32), np.uint64(16)
_LOW_HALF = np.uint64(0xFFFFFFFF)
_ZERO, _ONE, _TOP = np.uint64(0), np.uint64(1), np.uint64(63)


def entropy_words(seeds: Iterable[int]) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Write seeds as words of 32 bits, one seed after another, each with its lowest word first.

    Parameters
    ----------
    seeds
        Whole numbers of 0 or above, of any size; a million below 2^64 take a tenth of a second.

    Returns
    -------
    words, first, count : ndarray
        The words of all seeds; where those of each seed begin; how many they are. Below 2^64 every seed has two, since
        up to four words leading zeros make no difference.

    Raises
    ------
    ReplayError
        If a seed is negative or not a whole number.

    Examples
    --------
    >>> words, first, count = entropy_words([7, 2**32 + 5])
    >>> words.tolist(), first.tolist(), count.tolist()
    ([7, 0, 5, 1], [0, 2], [2, 2])
    """
    try:
        whole = [operator.index(seed) for seed in seeds]
    except TypeError as error:
        raise ReplayError(f"a seed is a whole number of 0 or above ({error})") from error
    if min(whole, default=0) < 0:
        raise ReplayError(f"a seed is {min(whole)}; it is a whole number of 0 or above")
    try:
        words = np.array(whole, dtype="<u8").view("<u4")
        counts = np.full(len(whole), 2)
    except OverflowError:
        lengths = [max(2, -(-seed.bit_length() // 32)) for seed in whole]
        pieces = [seed.to_bytes(4 * length, "little") for seed, length in zip(whole, lengths, strict=True)]
        words, counts = np.frombuffer(b"".join(pieces), dtype="<u4"), np.array(lengths)
    first = np.cumsum(counts) - counts
    return words.astype(np.uint32), first, counts


def seed_words(entropy: Sequence[np.uint64], first: int, n_words: int, into: MutableSequence[np.uint64]) -> None:
    """Fill the six words of a stream with what ``default_rng(seed)`` starts from.

    Parameters
    ----------
    entropy
        Words of 32 bits, see :func:`entropy_words`.
    first
        Where those of this seed begin.
    n_words
        How many they are.
    into
        The stream, six words, see ``numpy_streams``.
    """
    gather(entropy, first, n_words, into)
    state_high, state_low = output(into[0], into[1], _OUTPUT_0), output(into[2], into[3], _OUTPUT_1)
    stream_high, stream_low = output(into[0], into[1], _OUTPUT_2), output(into[2], into[3], _OUTPUT_3)
    into[2] = (stream_high << _ONE) | (stream_low >> _TOP)
    into[3] = (stream_low << _ONE) | _ONE
    into[1] = into[3] + state_low
    into[0] = into[2] + state_high + (_ONE if into[1] < state_low else _ZERO)
    into[4] = into[5] = _ZERO
    advance(into)


def gather(entropy: Sequence[np.uint64], first: int, n_words: int, pool: MutableSequence[np.uint64]) -> None:
    """Mix all words of a seed into the four words of 32 bits of the pool."""
    constant = _FIRST_HASH
    for place in range(_POOL):
        word = np.uint64(entropy[first + place]) if place < n_words else _ZERO
        pool[place] = hashed(word, constant, _NEXT_HASH)
        constant = (constant * _NEXT_HASH) & _LOW_HALF
    for source in range(max(_POOL, n_words)):
        for place in range(_POOL):
            if source != place:
                word = pool[source] if source < _POOL else np.uint64(entropy[first + source])
                mixed = _MIX_LEFT * pool[place] - _MIX_RIGHT * hashed(word, constant, _NEXT_HASH)
                mixed &= _LOW_HALF
                pool[place] = mixed ^ (mixed >> _SHIFT)
                constant = (constant * _NEXT_HASH) & _LOW_HALF


def output(one: np.uint64, other: np.uint64, constant: np.uint64) -> np.uint64:
    """Make a word of 64 bits of two words of the pool, the first of them its lower half."""
    low = hashed(one, constant, _NEXT_OUTPUT)
    high = hashed(other, (constant * _NEXT_OUTPUT) & _LOW_HALF, _NEXT_OUTPUT)
    return low | (high << _HALF)


def hashed(word: np.uint64, constant: np.uint64, step: np.uint64) -> np.uint64:
    """Hash a word of 32 bits, with a constant and with what the constant becomes next."""
    scrambled = ((word ^ constant) * ((constant * step) & _LOW_HALF)) & _LOW_HALF
    return scrambled ^ (scrambled >> _SHIFT)
