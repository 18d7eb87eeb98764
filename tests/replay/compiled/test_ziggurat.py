"""The ziggurat is numpy's: every number of its table, every layer, wedge and tail, both signs."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from numba_streams import compiled, standard_normal, words_of

from simulator.replay.compiled.ziggurat import ziggurat_table

MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
ALL, WORD = 1 << 128, 1 << 64
INVERSE = pow(MULTIPLIER, -1, ALL)
TABLE = ziggurat_table()
WIDTHS, LIMITS, HEIGHTS = (TABLE[column::3].tolist() for column in range(3))
STEPS = 1 << 52
GENERATOR = np.random.default_rng()


def word(layer, steps, negative=0):
    """Write the word that names a place in a layer."""
    return layer | negative << 8 | steps << 9


def aim(first, second):
    """Set the generator so that its next two words are these, and tell its state after both.

    A state whose upper half is below 64 puts out the xor of its halves, so two states can be chosen; the increment
    that leads from one to the other has to be odd.
    """
    two = second if (second - first * MULTIPLIER) % 2 else WORD + (second ^ 1)
    increment = (two - first * MULTIPLIER) % ALL
    state = GENERATOR.bit_generator.state
    state["state"] = {"state": (first - increment) * INVERSE % ALL, "inc": increment}
    GENERATOR.bit_generator.state = state
    return two


def taken(layer, steps, second, negative=0):
    """Draw a normal with these two words; tell it, and whether it took one word, two, or more."""
    two = aim(word(layer, steps, negative), second)
    state = GENERATOR.bit_generator.state["state"]
    one = (state["state"] * MULTIPLIER + state["inc"]) % ALL
    number = GENERATOR.standard_normal()
    after = GENERATOR.bit_generator.state["state"]["state"]
    return number, {one: 1, two: 2}.get(after, 3)


@pytest.mark.parametrize("negative", [0, 1])
def test_widths_are_numpys(negative):
    """A normal one step from the middle is the width of a step, in all 256 layers."""
    numbers = [taken(layer, 1, 0, negative)[0] for layer in range(256)]
    assert numbers == [-width if negative else width for width in WIDTHS]


def test_limits_are_numpys():
    """The last step that is certainly under the curve takes a single word, the next one more."""
    for layer, limit in enumerate(map(int, LIMITS)):
        assert layer == 1 or taken(layer, limit - 1, 0)[1] == 1
        assert taken(layer, limit, 0)[1] > 1
    assert LIMITS[1] == 0


def under_the_curve(heights, layer, steps, point):
    """Whether a point of a wedge, out of 2^53 on the way from one height to the next, is under the curve."""
    number = steps * WIDTHS[layer]
    height = heights[layer]
    return (heights[layer - 1] - height) * (point * 2.0**-53) + height < math.exp(-0.5 * number * number)


def highest_point(layer, steps):
    """Count the points of a wedge that are under the curve."""
    low, high = 0, 1 << 53
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if under_the_curve(HEIGHTS, layer, steps, middle) else (low, middle)
    return low


def test_heights_are_numpys():
    """Numpy takes the highest point of a wedge that the table allows, and not the next: any other height would show."""
    places = random.Random(1)
    telling = {(layer, way): False for layer in range(1, 256) for way in (0.0, 2.0)}
    for layer in range(1, 256):
        for _ in range(12):
            steps = places.randrange(int(LIMITS[layer]), STEPS)
            highest = highest_point(layer, steps)
            if highest:
                assert taken(layer, steps, highest - 1 << 11) == (steps * WIDTHS[layer], 2)
            if highest < 1 << 53:
                assert taken(layer, steps, highest << 11)[1] > 2
            for way in (0.0, 2.0):
                others = [*HEIGHTS]
                others[layer] = math.nextafter(HEIGHTS[layer], way)
                points = [point for point in (highest - 1, highest) if 0 <= point < 1 << 53]
                differ = any(under_the_curve(others, layer, steps, point) != (point < highest) for point in points)
                telling[layer, way] |= differ
    assert all(telling.values())


@pytest.mark.parametrize("negative", [0, 1])
def test_wedges_and_tail_are_numpys(negative):
    """Wherever a word lands, in all layers, wedges and the tail, the compiled normal is numpy's; the state too."""
    places = random.Random(2)
    for layer in range(256):
        limit = int(LIMITS[layer])
        for steps in (0, limit, STEPS - 1, *(places.randrange(limit, STEPS) for _ in range(6))):
            aim(word(layer, steps, negative), places.getrandbits(64))
            words = words_of(GENERATOR)
            assert compiled(standard_normal)(words, TABLE) == GENERATOR.standard_normal()
            assert words.tolist() == words_of(GENERATOR).tolist()


def fill(words, table, into):
    """Draw many normals."""
    for k in range(len(into)):
        into[k] = standard_normal(words, table)


def test_a_million_normals_are_numpys():
    """In bulk as well: a million normals, of which 200 from the tail, and the state after them."""
    generator = np.random.default_rng(3)
    words, numbers = words_of(generator), np.empty(1_000_000)
    compiled(fill)(words, TABLE, numbers)
    assert np.array_equal(numbers, generator.standard_normal(1_000_000))
    assert words.tolist() == words_of(generator).tolist()
