"""Tags are for display, and names for people."""

from __future__ import annotations

from typing import Any

from simulator.explore import Config, Recorded, param, tag, tags, tagspath
from simulator.explore.config import untagged


class Model(Config):
    rate: float = 0.1
    eta: float = 0.0


class Cell(Config):
    policy: str = "default"
    eta: float = 0.5
    seed: int = param(0, repetition=True)
    model: Model = Model()
    some: list[float] = ()
    anything: Any = None


def test_tags_are_no_part_of_the_id():
    """They say what is shown, not what is done."""
    assert Cell(eta=tag(0.3)).id == Cell(eta=0.3).id
    assert Cell(eta=tag(0.3)).eta == 0.3
    assert tags(Cell(eta=tag(1))) == {"eta": 1.0}


def test_tags_can_be_given_in_any_way_and_lost_again():
    """When made, assigned or copied."""
    cell = Cell()
    cell.eta = tag(0.3)
    assert tags(cell.copy(policy=tag("gts"))) == {"eta": 0.3, "policy": "gts"}
    cell.eta = 0.3
    assert tags(cell) == {}
    assert untagged(tag(tag(3))) == untagged(3) == 3


def test_tags_of_nested_configurations_count():
    """Under the name of the field, and of both where that is taken."""
    cell = Cell(eta=tag(0.3), model=Model(rate=tag(0.2), eta=tag(0.1)))
    assert tags(cell) == {"eta": 0.3, "model.eta": 0.1, "rate": 0.2}
    assert tagspath(cell) == "eta=0.3_model.eta=0.1_rate=0.2"


class Best(Config):
    of: list[Model] = ()


def test_tags_that_several_nested_configurations_contradict_are_left_out():
    """What holds for one of them only would be a lie about all."""
    models = [Model(rate=tag(0.2), eta=tag(eta)) for eta in (0.1, 0.3)]
    assert tags(Best(of=models)) == {"rate": 0.2}
    assert tags(Best(of=[*models, Model()])) == {}


def test_a_tagspath_is_a_name_of_a_file():
    """Whatever is in the values."""
    cell = Cell(policy=tag("a/b c\0:*"), some=tag([1, 2]), anything=tag(Recorded("@v100")))
    assert tagspath(cell) == "anything=v100_policy=a-b-c_some=1.0,2.0"


def test_names_say_what_differs():
    """From the defaults, unless something is tagged; nothing differing, the class."""
    assert Cell().name == "Cell"
    assert Cell(policy="gts", seed=3).name == "policy=gts_seed=3"
    assert Cell(policy=tag("gts"), seed=3).name == "policy=gts"
    assert Cell(model=Model(rate=1)).name == "model=rate=1.0"


def test_long_names_are_cut_and_still_tell_apart():
    """A file must be able to have the name with something behind."""
    names = {Cell(policy="x" * 300, seed=seed).name for seed in range(3)}
    assert len(names) == 3
    assert {len(name) for name in names} == {120}


def test_many_configurations_are_counted_in_names():
    """A few are named."""
    models = [Model(rate=rate) for rate in (1, 2, 3, 4)]
    assert Best(of=models).name == "of=4-of-Model"
    assert Best(of=models[:2]).name == "of=rate=1.0,rate=2.0"
