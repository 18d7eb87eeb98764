"""Normal numbers as numpy draws them: a ziggurat of 256 layers over 64-bit words, with numpy's very tables.

Source: G. Marsaglia, W. W. Tsang, "The Ziggurat Method for Generating Random Variables", 2000.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np

from simulator.replay.compiled.numpy_streams import next64, uniform

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from numpy.typing import NDArray

__all__ = ["at", "is_certain", "settle", "ziggurat_table"]

_LAYERS = 256
_EDGE = 3.6541528853610088  # where the tail begins
_AREA = 0.004928673233974652  # of each layer, the lowest with the tail; of numpy's table, 3 units off in the last digit
_STEPS = 2.0**52  # positions within a layer
_FLAWED_LAYER = 38  # the one whose height numpy has a unit in the last place too high

_LAYER, _LAYER_BITS = np.uint64(255), np.uint64(8)
_STEP, _SIGN_BITS = np.uint64(0xFFFFFFFFFFFFF), np.uint64(9)
_ONE = np.uint64(1)
_TAIL_SIGN_BITS = np.uint64(17)  # in the tail numpy does not use the word's own bit of sign
_TAIL_SCALE = 0.27366123732975828  # 1 / edge


def ziggurat_table() -> NDArray[np.float64]:
    """Make the table of the ziggurat, numpy's to the last bit.

    Rounding is part of the definition: every step is a float of 64 bits, and exponential and logarithm are rounded
    correctly, here by way of 40 decimal digits, since those of the C library differ between platforms.

    Returns
    -------
    ndarray
        Three numbers a layer, one layer after another, lowest layer first (768 numbers): the width of a step; the
        number of steps that are under the curve for certain; the density at the layer's edge.
    """
    edges, heights = [0.0] * _LAYERS, [1.0] * _LAYERS
    edges[-1] = _EDGE
    with localcontext() as context:
        context.prec = 40
        for layer in range(_LAYERS - 1, 0, -1):
            edge = edges[layer]
            height = float(Decimal(-0.5 * edge * edge).exp())
            heights[layer] = math.nextafter(height, 1.0) if layer == _FLAWED_LAYER else height
            if layer > 1:
                edges[layer - 1] = math.sqrt(-2.0 * float(Decimal(_AREA / edge + heights[layer]).ln()))
    edges[0] = _AREA / heights[-1]
    inner = [_EDGE, 0.0, *edges[1:-1]]
    rows = zip(edges, inner, heights, strict=True)
    return np.array([(edge / _STEPS, round(within / edge * _STEPS), height) for edge, within, height in rows]).ravel()


def is_certain(word: np.uint64, table: NDArray[np.float64]) -> bool:
    """Whether the point that a word stands for is under the curve for certain, as 99 of 100 are.

    A standard normal is `at` a fresh word that is certain; of any other, `settle` makes one.
    """
    certain: bool = _steps(word) < table[_layer(word) + 1]
    return certain


def at(word: np.uint64, table: NDArray[np.float64]) -> float:
    """Turn a word into the number that it stands for if its point is under the curve: steps of a layer, and a sign."""
    number: float = _steps(word) * table[_layer(word)] * (1.0 - float(np.int64((word >> _LAYER_BITS) & _ONE) * 2))
    return number


def settle(words: MutableSequence[np.uint64], table: NDArray[np.float64], word: np.uint64) -> float:
    """Find out whether a point that is not certain is under the curve, and draw others until one is."""
    while not is_certain(word, table):
        layer = _layer(word)
        if layer == 0:
            beyond = tail(words)
            return -beyond if (word >> _TAIL_SIGN_BITS) & _ONE else beyond
        # The part of the layer's last step that the curve cuts: a point in it counts if it is under the curve.
        number, height = at(word, table), table[layer + 2]
        if (table[layer - 1] - height) * uniform(words) + height < math.exp(-0.5 * number * number):
            return number
        word = next64(words)
    return at(word, table)


def _layer(word: np.uint64) -> np.int64:
    """Where the layer that a word means begins in the table."""
    return 3 * np.int64(word & _LAYER)


def _steps(word: np.uint64) -> float:
    return float(np.int64((word >> _SIGN_BITS) & _STEP))


def tail(words: MutableSequence[np.uint64]) -> float:
    """Draw from the tail of the normal distribution beyond the lowest layer, by Marsaglia's method of 1964."""
    while True:
        beyond = -_TAIL_SCALE * math.log1p(-uniform(words))
        exponential = -math.log1p(-uniform(words))
        if exponential + exponential > beyond * beyond:
            return _EDGE + beyond
