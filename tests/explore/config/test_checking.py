"""What fields take, what they make of it, and what is said of everything else."""

from __future__ import annotations

from enum import Enum, Flag
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from simulator import Job
from simulator.errors import ConfigError
from simulator.explore import Config, File, Recorded, Task, meta, param


class Colour(Enum):
    RED = 1
    BLUE = 2


class Cell(Config):
    policy: Literal["gts", "default"] = param("gts", help="Who decides.")
    eta: float = 0.5
    window: int = 0
    quick: bool = False
    note: str = ""
    some: list[float] = ()
    named: dict[str, int] = param(default_factory=dict)
    pair: tuple[int, str] = (1, "a")
    colour: Colour = Colour.RED
    where: Path = Path()
    perhaps: float | None = None
    either: int | float = 0
    level: int = param(1, choices=(1, 2, 4))
    job: Job | None = None
    source: Recorded | Task | None = None
    words: File | None = None
    anything: Any = None


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("eta", 1, 1.0),
        ("eta", np.float32(0.5), 0.5),
        ("eta", np.float64(0.1), 0.1),
        ("window", 3.0, 3),
        ("window", np.int64(3), 3),
        ("quick", np.True_, True),
        ("note", np.str_("a"), "a"),
        ("some", [1, 2.5], (1.0, 2.5)),
        ("some", np.array([1, 2]), (1.0, 2.0)),
        ("some", range(2), (0.0, 1.0)),
        ("named", {"a": 1.0}, {"a": 1}),
        ("pair", [2, "b"], (2, "b")),
        ("colour", "BLUE", Colour.BLUE),
        ("where", "a/b", Path("a/b")),
        ("perhaps", 1, 1.0),
        ("either", 1, 1),
        ("either", 1.0, 1.0),
        ("either", np.float64(1.0), 1.0),
        ("level", 2.0, 2),
        ("job", Job("d", "n", "adam", 84, 6), Job("d", "n", "adam", 84.0, 6)),
        ("anything", [1, {"a": (2.0,)}], (1, {"a": (2.0,)})),
    ],
)
def test_values_are_brought_into_one_form(field, given, kept):
    """What means the same is kept as the same, down to its type, whoever made it."""
    cell = Cell(**{field: given})
    found = getattr(cell, field)
    assert found == kept
    assert type(found) is (type(kept) if not isinstance(kept, dict) else type(found))
    if field == "job":
        assert type(found.target_metric) is float
    assert cell.id == Cell(**{field: kept}).id


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("eta", "0.5", "eta is '0.5' (str); it must be a number"),
        ("eta", True, "eta is True (bool); it must be a number"),
        ("eta", 10**400, "it must be a number"),
        ("window", 2.5, "window is 2.5 (float); it must be a whole number"),
        ("window", True, "window is True (bool)"),
        ("window", float("inf"), "window is inf"),
        ("quick", 1, "quick is 1 (int); it must be True or False"),
        ("note", b"a", "note is b'a' (bytes); it must be text"),
        ("policy", "gst", "policy is 'gst'; it must be one of 'gts', 'default'; did you mean 'gts'?"),
        ("some", "ab", "some is 'ab' (str); it must be a list, each item a number"),
        ("some", [1, "b"], "some has at 1 what is 'b' (str); it must be a number"),
        ("named", {1: 1}, "named has at a key what is 1 (int); it must be text"),
        ("pair", [1], "it must be 2 values: a whole number; text"),
        ("colour", "GREEN", "colour is 'GREEN'; it must be one of RED, BLUE"),
        ("where", 3, "where is 3 (int); it must be a path"),
        ("perhaps", "x", "perhaps is 'x' (str); it must be a number"),
        ("level", 3, "level is 3; it must be one of 1, 2, 4"),
        ("job", "squad", "job is 'squad' (str); it must be a Job"),
        ("job", Job("d", "n", "adam", "84", 6), "job is a Job whose target_metric is '84' (str)"),
        ("source", 3, "source is 3 (int)"),
        ("anything", Path("a"), "anything is the path a; say in the field's type whether it is File"),
        ("anything", object(), "anything is <object object"),
    ],
)
def test_what_does_not_fit_is_said_with_what_would(field, given, said):
    """By name, with the value, its type and what is asked for; when made, assigned and copied alike."""
    cell = Cell()
    for attempt in (
        lambda: Cell(**{field: given}),
        lambda: setattr(cell, field, given),
        lambda: cell.copy(**{field: given}),
    ):
        with pytest.raises(ConfigError) as caught:
            attempt()
        assert said in str(caught.value)
    assert cell.id == Cell().id


def test_everything_that_is_wrong_is_said_at_once():
    """And which fields there are, with type, default and help."""

    class Wanting(Cell):
        recurrences: int = param(help="How often.")

    with pytest.raises(ConfigError) as caught:
        Wanting(eta="high", polcy="gts", window=0.5)
    said = str(caught.value)
    for part in (
        "Wanting: eta is 'high'",
        "window is 0.5",
        "recurrences is missing",
        "there is no field 'polcy'; did you mean 'policy'?",
        "recurrences: int (How often.)",
        "= 'gts' (Who decides.)",
    ):
        assert part in said


def test_only_fields_can_be_assigned():
    """A name that was spelled wrong changes nothing silently."""
    with pytest.raises(ConfigError, match="there is no field 'etta'; did you mean 'eta'"):
        Cell().etta = 1
    with pytest.raises(ConfigError, match="eta cannot be deleted"):
        del Cell().eta


def test_a_dictionary_in_a_configuration_cannot_be_changed():
    """The id was made of it."""
    cell = Cell(named={"a": 1})
    for change in (lambda: cell.named.update(a=2), lambda: cell.named.__setitem__("a", 2), cell.named.clear):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    given = {"a": 1}
    cell.named = given
    given["a"] = 2
    assert cell.named == {"a": 1}


def test_defaults_are_made_for_each_or_cannot_be_changed():
    """What one configuration does to its own is nothing to the others."""

    class Outer(Config):
        inner: Cell = Cell()
        own: Cell = param(default_factory=Cell)

    one, other = Outer(), Outer()
    one.own.eta = 0.1
    assert other.own.eta == 0.5
    with pytest.raises(ConfigError, match="sealed"):
        one.inner.eta = 0.1


@pytest.mark.parametrize(
    ("type_", "default", "said"),
    [
        (Flag, param(), "field is a Flag, whose members can be added up"),
        (set, param(), "field has the type set, which no field may have; there are bool"),
        (int, "a", "field has a default that is 'a' (str); it must be a whole number"),
        (Path | str, param(), "field may be a path or something else"),
        (dict[int, int], param(), "field is a dictionary whose keys are not text"),
        (int, param(1, default_factory=int), "field has both a default and a default_factory"),
    ],
)
def test_a_class_with_an_impossible_field_is_refused(type_, default, said):
    """At its definition, and not in the middle of a sweep."""
    with pytest.raises(ConfigError) as caught:
        type(Config)("Odd", (Config,), {"__annotations__": {"field": type_}, "field": default})
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["id", "copy", "name", "_private"])
def test_a_field_cannot_hide_what_every_configuration_has(name):
    """Or nobody could ask for its id any more."""
    with pytest.raises(ConfigError, match="call it differently"):
        type(Config)("Odd", (Config,), {"__annotations__": {name: int}})


def test_types_that_come_later_are_found_when_needed():
    """A class may speak of one below it; one that never comes is named."""

    class Outer(Config):
        inner: Later | None = None

    class Lost(Config):
        inner: Never  # noqa: F821  # that is the point

    with pytest.raises(ConfigError, match="the type of a field speaks of 'Never'"):
        Lost()
    assert Outer(inner=Later(eta=0.3)).inner.eta == 0.3


class Later(Config):
    eta: float = 0.5


def test_a_subclass_has_the_fields_of_its_bases():
    """It may give them other defaults, with or without saying the type again."""

    class Child(Cell):
        eta = 0.3
        window: int = 5
        title: str = meta("x")

    child = Child()
    assert (child.eta, child.window, child.policy, child.title) == (0.3, 5, "gts", "x")
    with pytest.raises(ConfigError, match="eta has a default that is 'a'"):

        class Odd(Cell):
            eta = "a"


def test_a_number_that_python_does_not_write_has_no_id():
    """Nor has what holds it: more digits than `sys.get_int_max_str_digits` are written by nobody by accident."""
    for cell in (Cell(window=10**5000), Cell(anything=[10**5000]), Cell(named={"a": 10**5000})):
        for name in ("id", "row_id"):
            with pytest.raises(ConfigError, match="Cell: a whole number has more than 4,300 digits"):
                getattr(cell, name)


def test_no_configuration_is_within_itself():
    """It is refused where the circle is closed, at any depth; the same one twice is none."""
    inner, middle, outer = Cell(), Cell(), Cell()
    middle.anything = [inner, inner]
    outer.anything = {"a": middle, "b": inner}
    for circle in (inner, [middle], {"a": [outer]}):
        with pytest.raises(ConfigError, match="Cell: anything would hold this configuration itself; give it a copy"):
            inner.anything = circle
    assert inner.anything is None
    assert len({outer.id, middle.id, inner.id}) == 3
