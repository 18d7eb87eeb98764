"""Ids are forever: those of a few configurations, as they were when results were first kept under them."""

from __future__ import annotations

import math
import uuid
from pathlib import Path
from typing import Any, Literal

import pytest

from simulator import Job
from simulator.explore import Config, File, meta, param
from simulator.explore.config.encode import by_content, digest


class Model(Config):
    IDENTIFIER = "known.Model"

    layers: tuple[int, ...] = (4, 2)
    rate: float = 0.1


class Cell(Config):
    IDENTIFIER = "known.Cell"
    VERSION = 3

    policy: Literal["gts", "default"] = "gts"
    eta: float = 0.5
    beta: float = math.inf
    seed: int = param(0, repetition=True)
    quick: bool = False
    window: int | None = None
    note: str = "η ≤ 1"
    more: dict[str, Any] = param(default_factory=dict)
    model: Model = Model()
    job: Job = Job("squad", "bert", "adamw", 84.0, 6, 32, 5e-5, "/home/me", ["python", "train.py"])
    where: Path = Path("here")
    title: str = meta("")
    later: int = param(0, since=2)
    words: File | None = None


def test_ids_are_what_they_always_were():
    """A change of the encoding would make every result that was ever kept unfindable."""
    assert Model().id == "5a2146e852907ccb3ed520ead7389f420bade30546a2930ebc4af594f8a585f1"
    assert Cell().id == "4f1498b14e5595c08678320041ad8b9ab49cd48cef42e11177280a996993cbf3"
    assert Cell(seed=7).id == "1d5404a03063e76ea38e5e4c9aeb7c8fb058426394efa54eb8fb65547abe1ba2"
    assert (
        Cell(later=1, more={"b": [1, 1.0, True, None, "x"], "a": math.nan}).id
        == "6787758dff94f7082d5b9407757a81b5bfb0df809450ea50e6be330e404a3e55"
    )
    assert Cell().row_id == "544d1ec69a07971813dcc6380e103adcfd11bd848b2527bba5045f13affe7c7f"
    assert Cell().slot_id == "56c77949104081617b947f0d4a8b195db6a573fc2acb4b1eb40957211dec1bdf"


def test_the_id_of_a_file_is_what_it_always_was(tmp_path):
    """It is that of its bytes; the folder does not matter."""
    (tmp_path / "words.txt").write_bytes(b"four words of text")
    assert Cell(words=tmp_path / "words.txt").id == "494a9a9e90721a6ce6d342469ff01502de3c85af2a2d7f8c6eef3dd9c51c5289"


@pytest.mark.parametrize("said", [{"where": Path("there")}, {"title": "x"}, {"later": 0}])
def test_what_decides_nothing_is_no_part_of_the_id(said):
    """Neither paths, nor meta fields, nor a later field with its default."""
    assert Cell(**said).id == Cell().id


def test_members_of_enumerations_go_by_name_and_value():
    """Class, member, and what is behind the name if that is a plain value."""
    assert by_content(uuid.SafeUUID.safe) == "es13:uuid.SafeUUID;s4:safe;i0;"


def test_the_text_behind_an_id_can_be_read():
    """Written out once, so that another program can make the same ids."""
    assert Model(rate=1).id == digest("known.Model 1\nlayers=l2:i4;i2;rate=f1.0;")
