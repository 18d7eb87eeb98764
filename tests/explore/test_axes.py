"""Combinations of values that a plan goes through."""

from __future__ import annotations

from itertools import product as combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import GridError
from simulator.explore import product, where, zip_
from simulator.explore.config.tags import Tagged, tag

NAMES = st.sampled_from(["policy", "eta", "beta", "window", "seed"])
AXES = st.dictionaries(NAMES, st.lists(st.integers(), max_size=4), max_size=4)


@given(AXES)
def test_a_product_is_nested_loops(axes):
    """The last axis runs fastest, and the length is known without going through it."""
    made = product(**axes)
    assert list(made) == [dict(zip(axes, values, strict=True)) for values in combinations(*axes.values())]
    assert len(made) == len(list(made))
    assert made.names == tuple(axes)


@given(AXES, AXES)
def test_axes_add_and_multiply_as_numbers_do(left, right):
    """`+` is one after the other; `*` is each with each, for axes that share no field."""
    a, b = product(**left), product(**right)
    assert list(a + b) == [*a, *b]
    assert len(a + b) == len(a) + len(b)
    if set(left) & set(right):
        with pytest.raises(GridError, match="both sides of a product of axes give"):
            a * b
    else:
        assert list(a * b) == [{**x, **y} for x in a for y in b]
        assert len(a * b) == len(a) * len(b)


def test_axes_can_be_gone_through_again():
    """A generator is read once and kept."""
    axes = product(seed=(seed for seed in range(3)))
    assert [each["seed"] for each in axes] == [each["seed"] for each in axes] == [0, 1, 2]


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ("default", ["default"]),
        (b"bytes", [b"bytes"]),
        (3, [3]),
        (None, [None]),
        ({"a": 1}, [{"a": 1}]),
        (range(2), [0, 1]),
        (np.array([0.5, 1.5]), [0.5, 1.5]),
        (pd.Series([1, 2]), [1, 2]),
        ([], []),
        ({"a": 1}.keys(), ["a"]),
        ({1, 2}, GridError),
        (frozenset("ab"), GridError),
    ],
)
def test_what_an_axis_is(values, read):
    """Anything that can be gone through, in an order of its own; a text or a mapping is one value."""
    if read is GridError:
        with pytest.raises(GridError, match=r"the axis eta is a set, which has no order: give sorted\(eta\)"):
            product(eta=values)
    else:
        assert [each["eta"] for each in product(eta=values)] == read


def test_zipped_axes_have_one_length():
    """They go side by side; the message says how long each is."""
    assert list(zip_(a=[1, 2], b=["x", "y"])) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert len(zip_(a=[1, 2], b=[3, 4])) == 2
    assert len(zip_()) == 0
    with pytest.raises(GridError, match="need one length, but a has 2, b has 1: use product"):
        zip_(a=[1, 2], b="xy")


def test_a_condition_gets_the_fields_it_names():
    """It is called with those only; with `**fields` it gets all."""
    axes = product(policy=["a", "b"], eta=[0.1, 0.9], seed=range(2))
    kept = axes.where(lambda eta, policy: policy == "a" or eta > 0.5)
    assert len(kept) == 6
    assert len(where(axes, lambda **fields: set(fields) == {"policy", "eta", "seed"})) == 8
    assert {each["seed"] for each in kept.where(lambda seed: seed)} == {1}


def test_a_condition_on_what_is_not_there_is_refused():
    """At once, and with the field that was meant; a default says what holds where the field is missing."""
    axes = product(policy=["a", "b"]) + product(eta=[0.1])
    with pytest.raises(GridError, match="asks for polcy, which is no axis here; there are policy, eta; did you mean"):
        axes.where(lambda polcy: True)
    assert list(axes.where(lambda policy="b": policy == "b")) == [{"policy": "b"}, {"eta": 0.1}]
    with pytest.raises(GridError, match="a combination of axes has no eta"):
        list(axes.where(lambda eta: eta))


def test_a_tag_stays_on_its_value():
    """Conditions see the bare value; a tagged axis has all its values tagged."""
    axes = product(eta=[0.1, tag(0.9)], policy=tag(["a", "b"]))
    assert len(axes.where(lambda eta, policy: eta > 0.5 and policy == "a")) == 1
    assert [type(each["eta"]) for each in axes] == [float, float, Tagged, Tagged]
    assert [each["policy"].value for each in axes] == ["a", "b", "a", "b"]


def test_axes_say_how_many_they_are():
    """In a notebook one wants to see it."""
    assert repr(product(policy=["a", "b"], seed=range(1000))) == "<2,000 combinations of policy, seed>"
    with pytest.raises(TypeError):
        product(a=1) * 2
    with pytest.raises(TypeError):
        product(a=1) + {"a": 2}
