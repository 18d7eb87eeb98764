"""Fields are read from text by their types."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest

from simulator import Job
from simulator.errors import ConfigError
from simulator.explore import Config, File, Recorded, Task, param
from simulator.explore.config import parse


class Colour(Enum):
    RED = 1


class Cell(Config):
    eta: float = 0.5
    window: int | None = 0
    quick: bool = False
    note: str = ""
    maybe: str | None = None
    word: Literal["a", 1] = "a"
    level: int = param(1, choices=[1, 2])
    colour: Colour = Colour.RED
    some: list[float] = ()
    pair: tuple[int, str] = (0, "")
    named: dict[str, int] = param(default_factory=dict)
    either: int | float | str = 0
    where: Path = Path()
    anything: Any = None
    words: File | None = None
    traces: Recorded | Task | None = None
    job: Job | None = None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("eta=1", 1.0),
        ("eta=inf", float("inf")),
        ("window=-3", -3),
        ("window=None", None),
        ("quick=yes", True),
        ("quick=0", False),
        ("note=a=b", "a=b"),
        ("note=", ""),
        ("note=1", "1"),
        ("maybe=none", None),
        ("maybe=nothing", "nothing"),
        ("word=1", 1),
        ("level=2", 2),
        ("colour=RED", Colour.RED),
        ("some=0.5,1", (0.5, 1.0)),
        ("some=[0.5, 1]", (0.5, 1.0)),
        ("some=", ()),
        ("pair=1,a", (1, "a")),
        ("named=a=1,b=2", {"a": 1, "b": 2}),
        ('named={"a": 1}', {"a": 1}),
        ("either=1", 1),
        ("either=1.0", 1.0),
        ("either=x", "x"),
        ("where=a/b", Path("a/b")),
        ('anything={"a": [1, 2.0]}', {"a": (1, 2.0)}),
        ("anything=text", "text"),
        (
            'job={"dataset": "d", "network": "n", "optimizer": "adam", "target_metric": 84, "max_epochs": 6}',
            Job("d", "n", "adam", 84.0, 6),
        ),
    ],
)
def test_text_is_read_by_the_type_of_its_field(text, value):
    """The value is what Python would have been given."""
    name = text.partition("=")[0]
    found = parse(Cell, text)
    assert found == {name: value}
    assert type(found[name]) is type(value) or isinstance(value, dict)
    assert getattr(Cell(**found), name) == value


def test_files_and_traces_are_read_from_text(tmp_path):
    """By where they lie."""
    (tmp_path / "words").write_text("x")
    assert parse(Cell, f"words={tmp_path / 'words'}")["words"].read_text() == "x"
    assert parse(Cell, "traces=@V100")["traces"].read().gpu == "v100"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("etta=1", "there is no field 'etta'; did you mean 'eta'"),
        ("eta", "eta has no value; write eta=..."),
        ("eta=high", "eta is 'high' (str); it must be a number"),
        ("window=2.5", "window is '2.5' (str); it must be a whole number"),
        ("quick=maybe", "quick is 'maybe'; it must be one of true, yes, on, 1 or false, no, off, 0"),
        ("word=b", "word is 'b'; it must be one of 'a', 1"),
        ("level=3", "level is 3; it must be one of 1, 2"),
        ("colour=BLUE", "colour is 'BLUE'; it must be one of RED"),
        ("some=1,x", "some is 'x' (str); it must be a number"),
        ("some=[1", "some is '[1', which is no JSON"),
        ("pair=1", "it must be 2 values"),
        ('job={"dataset": "d"}', "it must be the fields of a Job as JSON"),
        ("job=squad", "it must be the fields of a Job as JSON"),
        ("named=a", "it must be a dictionary"),
    ],
)
def test_what_cannot_be_read_is_said(text, said):
    """With what can."""
    with pytest.raises(ConfigError) as caught:
        parse(Cell, text)
    assert said in str(caught.value)
