"""Configurations are written down as JSON, and made again from it to the last bit."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Job
from simulator.errors import ConfigError
from simulator.explore import Config, File, Recorded, Task, meta, param


class Colour(Enum):
    RED = 1
    BLUE = 2


class Model(Config):
    rate: float = 0.1


class Cell(Task):
    anything: Any = None
    number: float = 0.0
    colour: Colour | None = None
    job: Job | None = None
    models: dict[str, Model] = param(default_factory=dict)
    where: list[Path] = ()
    words: File | None = None
    traces: Recorded | Task | None = None
    title: str = meta("")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["config", "float", "file"]), inner),
    max_leaves=10,
)


def again(config, *nested):
    """Through JSON with its keys in another order, and back."""
    document = json.loads(json.dumps(config.plain(), sort_keys=True))
    return Config.from_plain(document, {inner.id: inner.plain() for inner in nested}.__getitem__)


@given(VALUES, st.floats())
def test_values_come_back_to_the_last_bit(value, number):
    """Infinity, NaN, -0.0 and dictionaries that look like our own notes included."""
    cell = Cell(anything=value, number=number)
    back = again(cell)
    assert back.id == cell.id
    assert math.isnan(number) or back.number.hex() == number.hex()


def test_everything_comes_back(tmp_path):
    """Members of enumerations, jobs with their command, configurations in dictionaries, paths, files, meta fields."""
    file = tmp_path / "words.txt"
    file.write_text("words")
    job = Job("d", "n", "adam", 84.0, 6, 32, 0.1, "/home", ["python", "train.py"], higher_is_better=False)
    model = Model(rate=0.2)
    cell = Cell(
        colour=Colour.BLUE,
        job=job,
        models={"a": model, "b": model},
        where=["x", "y"],
        words=file,
        traces=Recorded("@v100"),
        title="a title",
    )
    expected = cell.seal().id, cell.slot_id, cell.plain()
    file.write_text("other words")  # nobody looks
    back = again(cell, model)
    assert (back.id, back.slot_id, back.plain()) == expected
    assert vars(back.job) == vars(job)
    assert back.where == (Path("x"), Path("y"))
    assert back.title == "a title"
    assert back.models["a"] is back.models["b"]
    assert back.traces.read().gpu == "v100"


def test_what_is_written_is_what_people_read():
    """Flat, with fields by name."""
    assert Cell(number=0.5, title="x").plain() == {
        "class": f"{Cell.__module__}.Cell",
        "version": 1,
        "fields": {
            "anything": None,
            "number": 0.5,
            "colour": None,
            "job": None,
            "models": {"dict": {}},
            "where": [],
            "words": None,
            "traces": None,
        },
        "meta": {"title": "x"},
    }


def test_a_class_that_nobody_knows_is_said():
    """With the nearest one, and what to do."""
    document = Cell().plain() | {"class": f"{Cell.__module__}.Cel"}
    with pytest.raises(ConfigError, match=r"no configuration class '.*Cel' is known; did you mean '.*Cell'\?; import"):
        Config.from_plain(document, {}.__getitem__)


def test_only_this_package_is_imported_to_find_a_class():
    """What a ledger names could be anything."""
    found = Config.from_plain(
        {"class": "simulator.explore.tasks.replay.Replay", "version": 1, "fields": {"traces": None}, "meta": {}}
        | {"fields": {"traces": {"traces": {"sha256": "0" * 64, "path": None, "gpu": "v100"}}}},
        {}.__getitem__,
    )
    assert type(found).__name__ == "Replay"
    document = '{"class": "simulator.explore.tasks.replay.Replay", "version": 0, "fields": {}, "meta": {}}'
    code = f"from simulator.explore import Config; Config.from_plain(__import__('json').loads({document!r}), None)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "was written by version 0 of the class" in done.stderr  # it was found, though nobody had imported it
    for name in ("os.system", "this.Zen", "antigravity.X", "simulator.cli.main", "simulator.nowhere.at.all"):
        with pytest.raises(ConfigError, match="is known"):
            Config.from_plain({"class": name, "version": 1, "fields": {}, "meta": {}}, {}.__getitem__)


def test_what_an_older_class_wrote_is_refused_in_words():
    """Another version means something else; a field that is gone cannot be kept."""
    with pytest.raises(ConfigError, match="was written by version 0 of the class, which now has version 1"):
        Config.from_plain(Cell().plain() | {"version": 0}, {}.__getitem__)
    document = Cell().plain()
    document["fields"]["gone"] = 1
    with pytest.raises(ConfigError, match="there is no field 'gone'"):
        Config.from_plain(document, {}.__getitem__)


@pytest.mark.parametrize("document", [{}, {"class": "x"}, [], "x", None])
def test_what_is_no_configuration_is_said(document):
    """Whatever is in a damaged ledger."""
    with pytest.raises(ConfigError, match="is no configuration as plain"):
        Config.from_plain(document, {}.__getitem__)


def test_another_kind_than_was_asked_for_is_refused():
    """A task is wanted, not any configuration."""
    with pytest.raises(ConfigError, match="which is no Task"):
        Task.from_plain(Model().plain(), {}.__getitem__)
    assert isinstance(Task.from_plain(Cell().plain(), {}.__getitem__), Cell)


def test_the_latest_class_of_a_name_is_meant():
    """A plan may be loaded twice."""

    def made(default):
        class Twice(Config):
            IDENTIFIER = "twice"
            eta: float = default

        return Twice

    old, new = made(0.1), made(0.2)
    assert type(Config.from_plain(old().plain(), {}.__getitem__)) is new
