"""Replays by both engines, for the tests that hold them to one another."""

from __future__ import annotations

import copy

import pandas as pd

from simulator import SimulatorError, replay

#: Seeds of every size that is treated in a way of its own: none, half a word, a word, and more.
SEEDS_OF_ALL_SIZES = [0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1, 2**64, 2**128 + 3, 2**200]


def outcome(job, traces, **asked):
    """The table of a replay, or the error that it ends in."""
    try:
        return replay(job, traces, **asked)
    except SimulatorError as error:
        return error


def assert_same(one, other):
    """Two outcomes are equal: table and attributes to the last bit, but for the engine's name; or type and text."""
    if isinstance(one, SimulatorError) or isinstance(other, SimulatorError):
        assert (type(one), str(one)) == (type(other), str(other))
        return
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert _plain(one.attrs) == _plain(other.attrs)


def both(job, traces, **asked):
    """Replay with either engine, which must come to the same; returns what."""
    event, vectorized = (outcome(job, traces, engine=engine, **asked) for engine in ("event", "vectorized"))
    assert_same(event, vectorized)
    return event


def _plain(attrs):
    attrs = copy.deepcopy(attrs)
    for manifest in attrs["manifest"].get("replays", [attrs["manifest"]]):
        del manifest["knobs"]["engine"]
    return attrs
