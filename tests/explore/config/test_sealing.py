"""Until it is sealed a configuration can be changed, afterwards it can be copied."""

from __future__ import annotations

import copy

import pytest

from simulator.errors import ConfigError
from simulator.explore import Config, param, tag, tags


class Model(Config):
    rate: float = 0.1


class Cell(Config):
    eta: float = 0.5
    seed: int = param(0, repetition=True)
    models: list[Model] = ()


def test_a_sealed_configuration_refuses_and_says_how_to_go_on():
    """Its id has been given away."""
    cell = Cell(eta=0.3).seal()
    with pytest.raises(ConfigError, match=r"eta=0.3 is sealed \(submitted\).*copy it: .copy\(eta=...\)"):
        cell.eta = 0.4
    assert cell.sealed
    assert cell.eta == 0.3


def test_the_id_follows_until_it_is_sealed():
    """Whatever was asked before."""
    cell = Cell()
    before = cell.id, cell.row_id
    cell.eta = 0.1
    assert cell.id != before[0]
    assert cell.row_id != before[1]
    cell.eta = 0.5
    assert (cell.id, cell.row_id) == before == (cell.seal().id, cell.row_id)


def test_what_is_nested_is_sealed_too():
    """Otherwise an id could change from within."""
    model = Model()
    cell = Cell(models=[model])
    before = cell.id
    model.rate = 0.2
    assert cell.id != before
    cell.seal()
    with pytest.raises(ConfigError, match="sealed"):
        model.rate = 0.3


def test_a_copy_can_be_changed_and_keeps_the_rest():
    """Tags stay with the values that stay."""
    cell = Cell(eta=tag(0.3), seed=tag(1)).seal()
    other = cell.copy(seed=2)
    assert not other.sealed
    assert (other.eta, other.seed) == (0.3, 2)
    assert tags(other) == {"eta": 0.3}
    other.eta = 0.7
    assert tags(other) == {}
    assert cell.eta == 0.3
    assert cell.copy().id == cell.id
    assert copy.deepcopy(cell).id == cell.id


def test_a_wrong_change_is_refused_whole():
    """With all that is wrong in it."""
    with pytest.raises(ConfigError, match=r"eta is 'a'.*no field 'sed'; did you mean 'seed'"):
        Cell().copy(eta="a", sed=1)


def test_it_shows_what_differs_from_defaults():
    """The rest is as the class says."""
    assert repr(Cell(eta=1, models=[Model()])) == "Cell(eta=1.0, models=(Model(),))"
