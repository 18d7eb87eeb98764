"""What differs between two cells is said field by field, with what it means."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # types of fields are looked up
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Job
from simulator.explore import Config, File, explain, meta, param


class Model(Config):
    rate: float = 0.1
    layers: list[int] = (4, 2)


class Cell(Config):
    eta: Any = 0.5
    model: Model = Model()
    named: dict[str, int] = param(default_factory=dict)
    job: Job = Job("squad", "bert", "adamw", 84.0, 6)
    where: Path | None = None
    words: File | None = None
    title: str = meta("")


def said(a, b, **more):
    return [str(difference) for difference in explain(a.plain(), b.plain(), **more)]


def test_equal_configurations_have_no_differences():
    """Neither in content nor otherwise."""
    assert explain(Cell().plain(), Cell().plain()) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"eta": 0.3}, "eta: 0.5 → 0.3 (another value)"),
        ({"eta": 1}, "eta: 0.5 (float) → 1 (int) (values of different types are never the same)"),
        ({"eta": [1, 2]}, "eta: 0.5 (float) → [1, 2] (list) (values of different types are never the same)"),
        ({"eta": float("inf")}, "eta: 0.5 (float) → inf (float) (values of different types are never the same)"),
        ({"named": {"a": 1}}, "named.a: None → 1 (only one of them has this entry)"),
        ({"job": Job("squad", "bert", "adamw", 80.0, 6)}, "job.target_metric: 84.0 → 80.0 (another value)"),
        ({"title": "x"}, "title: '' → 'x' (for information: not part of the id)"),
    ],
)
def test_each_difference_is_said(change, line):
    """What it was, what it is, and what that means."""
    assert said(Cell(), Cell(**change)) == [line]


def test_nested_configurations_are_looked_into():
    """Where one knows what they were."""
    a, b = Cell(), Cell(model=Model(layers=[4, 3]))
    assert said(a, b) == [f"model: {a.model.id[:20]} → {b.model.id[:20]} (another configuration)"]
    known = {one.model.id: one.model.plain() for one in (a, b)}
    assert said(a, b, lookup=known.__getitem__) == ["model.layers[1]: 2 → 3 (another value)"]


def test_an_edited_file_is_told_from_another_one(tmp_path):
    """And from one that was only moved, which changes nothing."""
    (tmp_path / "a").write_text("before")
    (tmp_path / "same").write_text("before")
    (tmp_path / "other").write_text("other")
    before, moved, other = (Cell(words=tmp_path / name).seal() for name in ("a", "same", "other"))
    documents = [one.plain() for one in (before, moved, other)]
    (tmp_path / "a").write_text("after")
    after = Cell(words=tmp_path / "a").plain()
    assert explain(documents[0], after)[0].why == "the file was edited"
    assert explain(documents[0], documents[2])[0].why == "another content"
    (found,) = explain(documents[0], documents[1])
    assert not found.decides
    assert "the same content in another place" in found.why


def test_paths_and_meta_fields_come_last_and_decide_nothing():
    """People look for why an id is another one."""
    found = explain(Cell(title="a").plain(), Cell(where="x", eta=1.0, title="b").plain())
    assert [(one.path, one.decides) for one in found] == [("eta", True), ("where", False), ("title", False)]
    moved = Job("squad", "bert", "adamw", 84.0, 6, workdir="/home/me", command=["python"])
    assert {one.path for one in explain(Cell().plain(), Cell(job=moved).plain()) if not one.decides} == {
        "job.workdir",
        "job.command",
    }
    assert Cell(job=moved).id == Cell().id


def test_class_and_version_are_differences_too():
    """The same values may mean something else."""

    def made(name, version):
        return type(Config)(name, (Config,), {"VERSION": version, "IDENTIFIER": name})().plain()

    assert [str(one) for one in explain(made("a", 1), made("a", 2))] == [
        "version: 1 → 2 (what the class does has changed)"
    ]
    assert [str(one) for one in explain(made("a", 1), made("b", 1))] == ["class: a → b (another kind of configuration)"]


def test_against_nothing_everything_is_new():
    """A cell that never was there before."""
    found = explain(Model().plain(), None)
    assert [(one.path, one.b) for one in found] == [("class", None), ("rate", None), ("layers", None)]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 2)
    | st.sampled_from([0.0, -0.0, 1.0, float("nan"), float("inf"), "a", "1"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "path", "config"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(VALUES, VALUES)
def test_a_difference_decides_if_and_only_if_the_ids_differ(a, b):
    """Whatever is in them: an explanation neither invents a reason nor lacks one."""
    one, other = Cell(eta=a), Cell(eta=b)
    assert any(found.decides for found in explain(one.plain(), other.plain())) == (one.id != other.id)
