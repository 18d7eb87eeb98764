"""A stream draws what numpy's generator draws, and its position is plain data."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.policy.stream import RandomStream


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**64), st.lists(st.integers(1, 12) | st.floats(-1e300, 1e300, allow_nan=False), max_size=20))
def test_a_stream_draws_what_numpy_draws(seed, calls):
    """`RandomStream.choices` and `normal` are numpy's, with the position written down after every call."""
    stream, expected = RandomStream(seed), np.random.default_rng(seed)
    for call in calls:
        if isinstance(call, int):
            things = list(range(100, 100 + call))
            assert stream.choices(things) == expected.choice(np.array(things), call, replace=False).tolist()
        else:
            assert stream.normal(call, abs(call)) == expected.normal(call, abs(call))
        stream = RandomStream.from_plain(json.loads(json.dumps(stream.to_plain())))
