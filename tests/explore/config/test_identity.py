"""Equal content and equal ids are one and the same, over all types of fields."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from hypothesis import example, given
from hypothesis import strategies as st

from simulator import Job
from simulator.explore import Config, explain
from simulator.explore.config.encode import by_content
from simulator.explore.config.learn import spec_of


class Colour(Enum):
    RED = 1
    BLUE = 2


class Anything(Config):
    value: Any


class Typed(Config):
    flag: bool
    count: int
    share: float
    text: str
    perhaps: float | None
    either: int | float | str
    word: Literal["a", "b", 1]
    colour: Colour
    many: list[float]
    pair: tuple[int, str]
    named: dict[str, int]
    inner: Anything
    job: Job


#: Few values of each type, so that equal ones are met often; and those that are taken for one another.
SCALARS = (
    st.sampled_from([None, True, False, 0, 1, -1, 0.0, -0.0, 1.0, math.nan, math.inf, -math.inf, 1e300, 5e-324])
    | st.sampled_from(["", "1", "None", "nan", "a", "b", "ab", "1;", "s1:a;", "é", "e\u0301", "\ud800", "\x00"])
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "ab", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf]) | st.floats()
TYPED = st.fixed_dictionaries(
    {
        "flag": st.booleans(),
        "count": st.integers(),
        "share": NUMBERS,
        "text": st.text(max_size=3),
        "perhaps": st.none() | NUMBERS,
        "either": st.sampled_from([0, 0.0, "0"]),
        "word": st.sampled_from(["a", "b", 1]),
        "colour": st.sampled_from(Colour),
        "many": st.lists(NUMBERS, max_size=3),
        "pair": st.tuples(st.integers(), st.text(max_size=2)),
        "named": st.dictionaries(st.text(max_size=2), st.integers(), max_size=3),
        "inner": VALUES.map(lambda value: Anything(value=value)),
        "job": st.builds(
            Job,
            st.text(max_size=1),
            st.just("n"),
            st.just("adam"),
            st.floats(),
            st.integers(),
            st.none() | st.integers(),
        ),
    }
)


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same to the last bit; a list and a tuple are, and so are dictionaries in any order."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, Anything) and isinstance(b, Anything):
        return same(a.value, b.value)
    if isinstance(a, Job) and isinstance(b, Job):
        return same(vars(a), vars(b))
    if type(a) is float and type(b) is float:
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return type(a) is type(b) and a == b


@given(VALUES, VALUES)
@example(1, 1.0)
@example(1, True)
@example(1, "1")
@example(0.0, -0.0)
@example(None, "None")
@example(math.nan, "nan")
@example(["a", "b"], ["ab"])
@example(["a", ["b"]], ["a", "b"])
@example({"a": 1, "b": 2}, {"b": 2, "a": 1})
@example([], {})
@example("é", "e\u0301")
@example(math.nan, -math.nan)
def test_ids_are_equal_if_and_only_if_values_are(a, b):
    """1, 1.0, True and "1" differ, and so do 0.0 and -0.0; all NaN are one, and so are all orders of a dictionary."""
    assert (Anything(value=a).id == Anything(value=b).id) == same(a, b)


@given(TYPED, TYPED, st.data())
def test_ids_of_typed_fields_are_equal_if_and_only_if_all_values_are(a, b, data):
    """A few fields of another are mixed in, so that some differ and some do not."""
    kept = data.draw(st.sets(st.sampled_from(sorted(a))))
    b = {name: a[name] if name in kept else b[name] for name in a}
    assert (Typed(**a).id == Typed(**b).id) == same(a, b)


@given(TYPED)
def test_what_is_compiled_for_a_class_says_what_the_definition_says(values):
    """The quick way to the text of an id, and the plain one."""
    config = Typed(**values)
    plainly = "".join(f"{name}={by_content(getattr(config, name))}" for name in sorted(values))
    assert spec_of(Typed).text(config) == plainly


@given(VALUES)
def test_giving_assigning_and_copying_come_to_the_same(value):
    """There is no way by which a value gets in unchecked."""
    given_, assigned = Anything(value=value), Anything(value=0)
    assigned.value = value
    assert given_.id == assigned.id == Anything(value=1).copy(value=value).id == given_.seal().id


def test_class_version_and_name_are_part_of_the_id():
    """The same values of another class, another version or under another name are something else."""

    def made(name, version, field):
        space = {"__annotations__": {field: int}, "IDENTIFIER": name, "VERSION": version}
        return type(Config)(name, (Config,), space)(**{field: 1}).id

    ids = [made("a", 1, "x"), made("b", 1, "x"), made("a", 2, "x"), made("a", 1, "y"), made("a 1", 1, "x")]
    assert len(set(ids)) == 5
    assert made("a", 1, "x") == ids[0]


def test_a_subclass_is_another_class():
    """An identifier is not inherited, or two kinds of cells would share results."""

    class Named(Config):
        IDENTIFIER = "named"
        eta: float = 0.5

    class Special(Named):
        pass

    assert Special().id != Named().id


def test_another_default_is_another_id():
    """Old results are not taken for those of a new default."""

    def made(default):
        class Cell(Config):
            IDENTIFIER = "cell"
            eta: float = default

        return Cell

    assert made(0.5)().id != made(0.4)().id == made(0.5)(eta=0.4).id


def test_another_value_behind_a_member_of_an_enumeration_is_another_id():
    """SMALL = 64 is no longer what SMALL = 32 was."""

    def made(size):
        sizes = Enum("Sizes", {"SMALL": size}, module=__name__, qualname="Sizes")

        class Cell(Config):
            IDENTIFIER = "cell"
            size: sizes

        return Cell(size=sizes.SMALL)

    assert made(32).id == made(32).id != made(64).id
    assert made((32, 0.5)).id != made((32, 0.25)).id
    (difference,) = explain(made(32).plain(), made(64).plain())
    assert str(difference) == "size: SMALL = 32 → SMALL = 64 (another meaning)"


def test_dictionaries_of_one_id_are_gone_through_in_one_order():
    """Their order is no part of the id, so no result can depend on it."""
    one, other = Anything(value={"b": 1, "a": 2}), Anything(value={"a": 2, "b": 1})
    assert one.id == other.id
    assert list(one.value.items()) == list(other.value.items())


def test_no_list_stays_within_a_dataclass():
    """Whoever keeps it could change a value after its id was given away."""

    @dataclass(frozen=True)
    class Shape:
        layers: tuple[list[int], ...]

    class Cell(Config):
        shape: Shape

    layer = [4, 2]
    cell = Cell(shape=Shape((layer,))).seal()
    layer.append(1)
    assert cell.shape.layers == ((4, 2),)
    assert cell.copy().id == cell.id


def test_a_type_may_be_widened():
    """The text of a value is up to the value, and not to the type of its field."""

    class Before(Config):
        IDENTIFIER = "cell"
        eta: float

    class After(Config):
        IDENTIFIER = "cell"
        eta: float | str | None

    assert Before(eta=0.5).id == After(eta=0.5).id
