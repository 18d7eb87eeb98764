"""Compiled streams draw what numpy's ``default_rng`` draws, to the last bit, and leave the same state behind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba_streams import compiled, standard_normal, words_of

from simulator.replay.compiled.numpy_streams import bounded, multiply_high, next32, next64, permutation, uniform
from simulator.replay.compiled.ziggurat import ziggurat_table

TABLE = ziggurat_table()
WORD = st.integers(0, 2**64 - 1)
CALL = st.one_of(
    st.tuples(st.just(0), st.integers(1, 2**32)),
    st.tuples(st.just(0), st.integers(2**31, 2**31 + 9)),  # half of all draws are rejected
    st.tuples(st.sampled_from([1, 2, 4, 5]), st.just(1)),
    st.tuples(st.just(3), st.integers(0, 70)),
)


def play(words, table, calls, into, order):
    """Make one call after another; every call leaves a single number but a permutation, which leaves n."""
    filled = 0
    for k in range(len(calls)):
        kind, n = calls[k, 0], calls[k, 1]
        if kind == 0:
            into[filled] = bounded(words, n)
        elif kind == 1:
            into[filled] = uniform(words)
        elif kind == 2:
            into[filled] = standard_normal(words, table)
        elif kind == 3:
            permutation(words, order, n)
            for position in range(n):
                into[filled + position] = order[position]
        elif kind == 4:
            into[filled] = next32(words)
        else:
            into[filled] = next64(words) >> np.uint64(11)  # what a float holds without rounding
        filled += n if kind == 3 else 1
    return filled


def play_numpy(generator, calls):
    """Make the same calls of numpy's generator."""
    draws = {
        0: lambda n: [generator.integers(n)],
        1: lambda _: [generator.random()],
        2: lambda _: [generator.standard_normal()],
        3: lambda n: generator.choice(n, n, replace=False),
        4: lambda _: [generator.integers(0, 2**32, dtype=np.uint32)],
        5: lambda _: [generator.bit_generator.random_raw() >> 11],
    }
    return [float(number) for kind, n in calls for number in draws[kind](n)]


@given(st.integers(0, 2**130), st.lists(CALL, max_size=40))
def test_any_calls_in_any_order_are_numpys(seed, calls):
    """Bounded integers, uniforms, normals, permutations and raw words, mixed: same numbers, same state."""
    generator = np.random.default_rng(seed)
    words, into, order = words_of(generator), np.empty(70 * 40), np.empty(70, np.int64)
    n = compiled(play)(words, TABLE, np.array(calls, np.int64).reshape(-1, 2), into, order)
    assert into[:n].tolist() == play_numpy(generator, calls)
    assert words.tolist() == words_of(generator).tolist()


@pytest.mark.parametrize("n", [*range(66), 127, 500, 999, 1000, 9_999, 10_000, 10_001, 12_345])
def test_a_permutation_is_a_choice_of_all(n):
    """At 10,000 numpy changes its method; the order of n among n is the same before and after, half words included."""
    for seed in range(3):
        generator = np.random.default_rng(seed)
        generator.integers(5, size=seed)
        words, order = words_of(generator), np.empty(n, np.int64)
        compiled(permutation)(words, order, n)
        assert order.tolist() == generator.choice(n, n, replace=False).tolist()
        assert words.tolist() == words_of(generator).tolist()


@given(WORD, WORD)
def test_a_wide_product_is_exact(one, other):
    """The upper half of a product is the integers' own, compiled or not."""
    one_word, other_word = np.uint64(one), np.uint64(other)
    assert int(compiled(upper)(one_word, other_word)) == int(multiply_high(one_word, other_word)) == one * other >> 64


def upper(one, other):
    """Call what numba was taught."""
    return multiply_high(one, other)


@given(st.tuples(WORD, WORD, WORD, WORD))
def test_any_state_steps_as_numpys(numbers):
    """Carries and rotations hold for states that no seed would find soon, such as zero and all ones."""
    generator = np.random.default_rng(0)
    state = generator.bit_generator.state
    state["state"] = {"state": numbers[0] << 64 | numbers[1], "inc": numbers[2] << 64 | numbers[3]}
    generator.bit_generator.state = state
    words = words_of(generator)
    assert [int(compiled(next64)(words)) for _ in range(3)] == generator.bit_generator.random_raw(3).tolist()
    assert words.tolist() == words_of(generator).tolist()
