"""Fields as a table has them."""

from __future__ import annotations

import math

from simulator.explore.config import Config, File, Recorded, param
from simulator.explore.read.values import flat, varying
from simulator.job import Job


class Net(Config):
    depth: int = 3


class Everything(Config):
    eta: float = math.inf
    sizes: list[int] = param(default_factory=list)
    net: Net | None = None
    file: File | None = None
    traces: Recorded | None = None
    job: Job | None = None


def test_paths_are_never_shown_whole(tmp_path):
    """A table is the same on every machine; the name and the content say which file it is."""
    file = tmp_path / "groups.csv"
    file.write_text("a")
    shown = flat(Everything(file=File(file)).plain())["file"]
    assert shown == "groups.csv@ca978112"


def test_a_nested_configuration_has_columns_of_its_own():
    """By dotted names; where its content is not at hand, its id stands for it."""
    cell = Everything(net=Net(depth=5))
    plain = {cell.net.id: cell.net.plain()}
    assert flat(cell.plain(), plain.get)["net.depth"] == 5
    assert flat(cell.plain())["net"] == cell.net.id[:16]


def test_jobs_infinities_and_lists_are_one_value_each():
    """Whatever takes more is not for a table."""
    job = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32, command=["python"])
    shown = flat(Everything(job=job, sizes=[8, 16]).plain())
    assert (shown["eta"], shown["sizes"], shown["job"]) == (math.inf, "[8,16]", str(job))


def test_values_of_another_type_are_other_values():
    """1, 1.0 and True name three different cells."""
    assert varying([{"a": 1, "b": 2}, {"a": True, "b": 2}]) == ["a"]
    assert varying([{"a": math.nan}, {"a": 1.0}]) == ["a"]
