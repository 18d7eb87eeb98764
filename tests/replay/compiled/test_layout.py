"""State as words: every number comes out of its word again, and what has no words is refused."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, make_dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import JOB, TRACES

from simulator.errors import PolicyError
from simulator.policy import create, names
from simulator.policy.base import state_type
from simulator.policy.history import History
from simulator.policy.stream import RandomStream
from simulator.replay.compiled.layout import HISTORY_WORDS, STREAM_WORDS, Packed, as_words, layout_of

REALS = st.floats() | st.sampled_from([math.nan, -0.0, math.inf, 5e-324])
NUMBERS = {int: st.integers(-(2**63), 2**63 - 1), float: REALS, bool: st.booleans()}


@st.composite
def dataclasses(draw, depth=2):
    """A dataclass made up, with its value: numbers, lists, and such dataclasses in it."""
    kinds, values = [], []
    for k in range(draw(st.integers(0 if depth < 2 else 1, 5))):
        kind = draw(st.sampled_from([int, float, bool]))
        what = draw(st.sampled_from(["number", "list", "inner"] if depth else ["number", "list"]))
        if what == "number":
            hint, value = kind, draw(NUMBERS[kind])
        elif what == "list":
            hint, value = list[kind], draw(st.lists(NUMBERS[kind], max_size=4))
        else:
            value = draw(dataclasses(depth=depth - 1))
            hint = type(value)
        kinds.append((f"field_{k}", hint))
        values.append(value)
    return make_dataclass("MadeUp", kinds)(*values)


def bits(number):
    """Bits of a number, so that NaN equals itself and −0 differs from 0."""
    return struct.pack("<d", number) if isinstance(number, float) else int(number)


def unpacked(words, layout, base, like):
    """Read fields as compiled code does, from the start of their dataclass."""
    read = {"float": lambda word: bits(float(word.view(np.float64))), "int": int, "bool": int}
    for member in layout.fields:
        at, value = base + member.at, getattr(like, member.name)
        if member.kind == "struct":
            unpacked(words, member.of, at, value)
        elif member.kind == "list":
            first = base + int(words[at])
            assert [read[member.of](word) for word in words[first : first + len(value)]] == list(map(bits, value))
        else:
            assert read[member.kind](words[at]) == bits(value)


@given(dataclasses())
def test_numbers_come_out_again(value):
    """Whatever lies in whatever, every number is where its layout says, to the last bit."""
    packed = Packed.of(value)
    layout = layout_of(type(value))
    unpacked(packed.words, layout, 0, value)
    assert len(packed.words) == layout.n_words + sum(place.stop - place.start for place in packed.lists.values())


@given(dataclasses())
def test_words_can_be_moved(value):
    """A copy elsewhere is as right, since lists are found from the start of their dataclass."""
    words = Packed.of(value).words
    moved = np.concatenate([np.full(7, -1), words])
    unpacked(moved, layout_of(type(value)), 7, value)


@dataclass
class Learned:
    first: int
    stream: RandomStream
    rewards: History
    last: float


def test_streams_and_histories_have_their_places():
    """Both lie within; the streams are handed over, and what histories hold is counted, not packed."""
    history = History(3)
    history.append(1, 2.0)
    packed = Packed.of(Learned(1, RandomStream(4), history, 0.5))
    assert (packed.streams, packed.histories, packed.n_remembered) == ([1], [1 + STREAM_WORDS], 1)
    assert packed.stream_values == [RandomStream(4)]
    assert layout_of(Learned).at("last") == 1 + STREAM_WORDS + HISTORY_WORDS
    counts, totals = (packed.words[place] for place in packed.lists.values())
    assert counts.tolist() == [0, 0, 0]
    assert [math.copysign(1.0, total) for total in totals.view(np.float64)] == [-1.0] * 3  # −0 + x is x, for −0 too


@pytest.mark.parametrize("name", names())
def test_every_stock_policy_can_be_laid_out(name):
    """The state of each stock policy has words, and its lists a length that does not depend on the seed."""
    shapes = set()
    for seed in (0, 2**70):
        policy = create(name, seed=seed)
        if reveal := getattr(policy, "reveal", None):
            reveal(JOB, TRACES.table(JOB), eta=0.5)
        policy.register_job(JOB, [8, 16, 32, 64])
        packed = Packed.of(policy.state_of(JOB), state_type(type(policy)))
        shapes.add((len(packed.words), len(packed.streams), len(packed.histories)))
    assert len(shapes) == 1


@pytest.mark.parametrize("hint", [str, dict[int, int], list[str], list[list[int]], tuple[int, int], int | None, object])
def test_what_has_no_words_is_refused(hint):
    """A field that is no number, list of numbers or dataclass is named with its type and what there may be."""
    with pytest.raises(PolicyError, match=r"MadeUp.wrong is .*state that compiles is made of int, float"):
        layout_of(make_dataclass("MadeUp", [("right", int), ("wrong", hint)]))


def test_what_is_no_dataclass_is_refused():
    """A plain class says nothing about its fields."""
    with pytest.raises(PolicyError, match="is no dataclass"):
        layout_of(int)


@pytest.mark.parametrize(
    ("numbers", "kind"), [([0.5], "int"), ([None], "float"), ([1, None], "int"), ([2**63], "int"), (["1"], "bool")]
)
def test_numbers_of_another_kind_are_refused(numbers, kind):
    """A number is never rounded, cut or made up to fit its word."""
    with pytest.raises(PolicyError, match=f"holds {kind} of 64 bits"):
        as_words(numbers, kind)


def test_whole_numbers_pass_for_real_ones():
    """A field that says float may begin as 0 or True, as in Python."""
    assert as_words([0, 2, True], "float").view(np.float64).tolist() == [0.0, 2.0, 1.0]
