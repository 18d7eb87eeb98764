"""Rows leave seeds out, slots leave contents out, and fields that came later leave old ids alone."""

from __future__ import annotations

import os
from dataclasses import field, make_dataclass
from pathlib import Path  # noqa: TC003  # types of fields are looked up

import pytest

from simulator.errors import ConfigError
from simulator.explore import Config, File, param


class Cell(Config):
    policy: str = "default"
    seed: int = param(0, repetition=True)
    words: File | None = None
    where: Path | None = None


def test_cells_of_one_row_differ_in_seeds_alone():
    """That is what makes them repetitions."""
    cells = [Cell(seed=seed) for seed in range(5)]
    assert len({cell.id for cell in cells}) == 5
    assert len({cell.row_id for cell in cells}) == 1
    assert Cell(policy="gts").row_id != cells[0].row_id


def test_without_repetitions_a_cell_is_its_row():
    """There is nothing to leave out."""

    class Lone(Config):
        eta: float = 0.5

    assert Lone().row_id == Lone().id


def test_whether_a_field_is_a_repetition_is_no_part_of_the_id():
    """It says how results are read, not what they are."""

    class Seeded(Config):
        IDENTIFIER = "cell"
        seed: int = param(0, repetition=True)

    class Listed(Config):
        IDENTIFIER = "cell"
        seed: int = 0

    assert Seeded(seed=3).id == Listed(seed=3).id


def test_an_edited_file_is_another_cell_in_the_same_slot(tmp_path):
    """So that one can say what became stale, and why."""
    file = tmp_path / "words.txt"
    file.write_text("before")
    before = Cell(words=file).seal()
    ids = before.id, before.slot_id
    file.write_text("after!")
    after = Cell(words=file).seal()
    assert after.id != ids[0]
    assert after.slot_id == ids[1]
    assert before.id == ids[0]  # what was sealed stays


def test_a_renamed_file_is_the_same_cell_in_another_slot(tmp_path):
    """Results are found again, wherever the folder was moved to."""
    (tmp_path / "a.txt").write_text("words")
    first = Cell(words=tmp_path / "a.txt")
    before = first.id, first.slot_id
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    second = Cell(words=tmp_path / "b.txt")
    assert second.id == before[0]
    assert second.slot_id != before[1]


def test_paths_are_part_of_slots_only():
    """Where something lies decides nothing, but people tell cells apart by it."""
    assert Cell(where="a").id == Cell(where="b").id
    assert Cell(where="a").slot_id != Cell(where="b").slot_id


def test_a_new_version_of_a_class_keeps_the_slots():
    """What has to be run again can be told by them."""

    def made(version):
        class Versioned(Config):
            IDENTIFIER = "versioned"
            VERSION = version
            inner: Cell = Cell()

        return Versioned()

    assert made(1).id != made(2).id
    assert made(1).slot_id == made(2).slot_id


def test_a_later_field_leaves_old_ids_alone_while_it_has_its_default():
    """Results from before it was there are found; any other value is something new."""

    class Before(Config):
        IDENTIFIER = "cell"
        eta: float = 0.5

    class After(Config):
        IDENTIFIER = "cell"
        eta: float = 0.5
        draws: str = param("published", since=2)
        more: tuple[float, ...] = param((), since=3)

    old, new = Before(), After()
    assert (new.id, new.row_id, new.slot_id) == (old.id, old.row_id, old.slot_id)
    assert len({old.id, After(draws="keyed").id, After(more=[0.0]).id}) == 3


def test_a_later_field_of_a_dataclass_does_so_too():
    """Jobs may learn to say more, and stay the same jobs."""

    def made(*more):
        space = {"__qualname__": "Workload", "__module__": __name__}
        kind = make_dataclass("Workload", [("name", str), *more], frozen=True, namespace=space)
        kind.__module__ = __name__

        class Trained(Config):
            IDENTIFIER = "trained"
            job: kind

        return lambda **values: Trained(job=kind("bert", **values)).id

    before = made()
    after = made(("slices", int, field(default=1, metadata={"since": 2})))
    other = made(("slices", int, field(default=1)))
    assert before() == after() != after(slices=2)
    assert other() not in (before(), after())


def test_a_later_field_needs_a_default():
    """Otherwise nobody knows what was done before it was there."""
    with pytest.raises(ConfigError, match="eta is there since version 2, but has no default"):

        class Cell(Config):
            eta: float = param(since=2)


def test_a_link_is_followed_to_its_content(tmp_path):
    """A file is what one reads there."""
    (tmp_path / "real").write_text("words")
    os.symlink(tmp_path / "real", tmp_path / "link")  # noqa: PTH211
    assert Cell(words=tmp_path / "link").id == Cell(words=tmp_path / "real").id
