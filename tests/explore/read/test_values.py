"""Fields as a table has them."""

from __future__ import annotations

import math
from enum import Enum

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


class Level(Enum):
    HIGH = 2


class Many(Config):
    nets: list[Net] = param(default_factory=list)
    jobs: list[Job] = param(default_factory=list)
    level: Level = Level.HIGH
    weights: dict[str, float] = param(default_factory=dict)


def test_many_configurations_are_counted_and_told_from_others():
    """Rows of ids would push all else off the page."""
    one, other = Many(nets=[Net(depth=1), Net(depth=2)]), Many(nets=[Net(depth=1), Net(depth=3)])
    nested = {net.id: net.plain() for cell in (one, other) for net in cell.nets}
    shown = [str(flat(cell.plain(), nested.get)["nets"]) for cell in (one, other)]
    assert [text.partition("@")[0] for text in shown] == ["2 of Net", "2 of Net"]
    assert shown[0] != shown[1]
    assert str(flat(one.plain())["nets"]).startswith("2 of configuration@")


def test_what_stands_for_one_thing_is_shown_as_that():
    """Not as the JSON that it is kept as."""
    job = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    shown = flat(Many(jobs=[job], weights={"a": 1.5}).plain())
    assert flat(Many(jobs=[job, job]).plain())["jobs"] == f"[{job},{job}]"
    assert shown == {"nets": "", "jobs": str(job), "level": "HIGH", "weights.a": 1.5}
