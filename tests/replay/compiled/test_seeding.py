"""Compiled seeding finds the state that numpy's ``default_rng`` starts from, for seeds of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba_streams import compiled, words_of

from simulator.errors import ReplayError
from simulator.replay.compiled.seeding import entropy_words, seed_words

SEED = st.one_of(st.integers(0, 2**32), st.integers(0, 2**64 - 1), st.integers(0, 2**300))


def states(seeds):
    """Seed one stream after another with the same six words, dirty ones at first."""
    words = np.full(6, 2**64 - 1, np.uint64)
    entropy, first, count = entropy_words(seeds)
    for place, n_words in zip(first, count, strict=True):
        compiled(seed_words)(entropy, place, n_words, words)
        yield words.tolist()


@given(st.lists(SEED, max_size=8))
@example([0])
@example([2**32 - 1, 2**32, 2**64 - 1])
@example([0, 2**64, 2**96, 2**128 - 1, 2**128, 2**160 + 1, 2**192, 2**1000])
def test_any_seed_starts_numpys_stream(seeds):
    """All six words are those of a fresh generator, for seeds of one word, of four and of many, one after another."""
    assert list(states(seeds)) == [words_of(np.random.default_rng(seed)).tolist() for seed in seeds]


@given(st.lists(st.integers(0, 2**64 - 1), max_size=8))
def test_leading_zeros_make_no_difference(seeds):
    """A seed below 2^64 has two words, always; a larger one beside it changes none of the others' states."""
    words, first, count = entropy_words(seeds)
    assert len(words) == 2 * len(seeds)
    assert first.tolist() == list(range(0, 2 * len(seeds), 2))
    assert set(count.tolist()) <= {2}
    assert list(states(seeds)) == list(states([*seeds, 2**64]))[:-1]


@pytest.mark.parametrize("seeds", [range(5, 9), np.arange(5, 9), np.arange(5, 9, dtype=np.uint32), (5, 6, 7, 8)])
def test_seeds_come_in_any_collection(seeds):
    """A range, an array of any whole type, a tuple: the numbers count."""
    assert entropy_words(seeds)[0].tolist() == [5, 0, 6, 0, 7, 0, 8, 0]


@pytest.mark.parametrize("seeds", [[3, -1], [1.5], ["zero"], [None]])
def test_impossible_seeds_are_refused(seeds):
    """A seed that numpy does not take is a typed error."""
    with pytest.raises(ReplayError, match="a seed is"):
        entropy_words(seeds)
