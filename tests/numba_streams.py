"""Compiled functions and numpy's streams as words, for the tests of what the vectorized engine is made of."""

from __future__ import annotations

from functools import cache
from types import FunctionType

import numba
import numpy as np

from simulator.replay.compiled.numpy_streams import next64
from simulator.replay.compiled.wide import TAUGHT
from simulator.replay.compiled.ziggurat import settle

_WORD = (1 << 64) - 1


@cache
def compiled(function):
    """Compile a plain function with all plain functions that it calls; those numba was taught stay as they are."""
    called = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    plain = {name: compiled(f) for name, f in called.items() if isinstance(f, FunctionType) and f not in TAUGHT}
    return numba.njit(FunctionType(function.__code__, {**function.__globals__, **plain}, function.__name__))


def standard_normal(words, table):
    """Draw a normal number, as the engine does."""
    return settle(words, table, next64(words))


def words_of(generator):
    """Read the six words of a generator's state."""
    state = generator.bit_generator.state
    numbers = state["state"]["state"], state["state"]["inc"]
    halves = [half for number in numbers for half in (number >> 64, number & _WORD)]
    return np.array([*halves, state["has_uint32"], state["uinteger"]], dtype=np.uint64)
