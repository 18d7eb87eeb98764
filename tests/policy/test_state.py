"""State goes to strict JSON and comes back without loss."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import PolicyError
from simulator.policy.history import History
from simulator.policy.state import from_plain, to_plain
from simulator.policy.stream import RandomStream


@dataclass
class Inner:
    """A part of a state."""

    floats: list[float]
    flag: bool


@dataclass
class Outer:
    """A state with all that a state may hold."""

    by_size: dict[int, Inner]
    maybe: Inner | None
    pair: tuple[int, str]
    stream: RandomStream
    history: History


FLOATS = st.floats(allow_nan=False, allow_infinity=True)
INNER = st.builds(Inner, st.lists(FLOATS), st.booleans())
OUTER = st.builds(
    Outer,
    st.dictionaries(st.integers(), INNER, max_size=3),
    st.none() | INNER,
    st.tuples(st.integers(), st.text()),
    st.builds(RandomStream, st.integers(0, 2**64)),
    st.builds(History.from_plain, st.lists(st.lists(FLOATS), max_size=3)),
)


@given(OUTER)
def test_any_state_survives_json(state):
    """To the last bit, infinities included; and what comes back shares nothing with what went out."""
    plain = to_plain(state)
    assert from_plain(Outer, json.loads(json.dumps(plain, allow_nan=False))) == state
    if state.maybe:
        state.maybe.floats.append(0.5)
        assert from_plain(Outer, plain) != state


def test_not_a_number_survives():
    """NaN, the mean of an arm that nothing is known about, comes back as NaN."""
    assert np.isnan(from_plain(float, json.loads(json.dumps(to_plain(float("nan")), allow_nan=False))))


@pytest.mark.parametrize("plain", [None, 3, [], {}, {"floats": 1, "flag": True}, {"floats": ["x"], "flag": True}])
def test_what_does_not_fit_is_named(plain):
    """The error says which state was expected."""
    with pytest.raises(PolicyError, match="does not fit Inner"):
        from_plain(Inner, plain)


@given(st.integers(0, 2**64), st.lists(st.sampled_from(["permutation", "integer", "uniform", "normals"]), max_size=12))
def test_a_stream_is_numpys_and_can_be_stored_anywhere(seed, draws):
    """Draws are those of `default_rng(seed)`, also if the stream is written down and read back before each."""
    rng, stream = np.random.default_rng(seed), RandomStream(seed)
    for draw in draws:
        stream = RandomStream.from_plain(json.loads(json.dumps(stream.to_plain())))
        if draw == "permutation":
            order = [-1] * 9
            assert stream.permutation(order, 7) is None
            assert order == [*rng.choice(np.arange(7), 7, replace=False).tolist(), -1, -1]
        elif draw == "integer":
            assert stream.integer(5) == rng.integers(5)
        elif draw == "uniform":
            assert stream.uniform() == rng.random()
        else:
            noise = [0.5] * 4
            assert stream.normals(noise, 3) is None
            assert noise == [*(rng.standard_normal() for _ in range(3)), 0.5]
    assert eval(repr(stream), {"RandomStream": RandomStream}) == stream  # noqa: S307  # that is what a repr is for
