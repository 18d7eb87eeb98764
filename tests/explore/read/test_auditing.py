"""Is what is kept still true."""

from __future__ import annotations

import hashlib

import pytest
from small_sweeps import TRAIN

from simulator.errors import ConfigError
from simulator.explore import audit

#: A cell whose result hangs on something that no field names.
FORGETFUL = TRAIN.replace("luck = 1000.0", "import os; luck = float(os.environ.get('LUCK', '1000.0'))")


def contents(folder):
    """All files of a sweep, by what is in them."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
    return {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_cells_come_out_the_same_to_the_bit(sweep):
    """A replay is a function of its fields."""
    found = audit(sweep(), share=1)
    assert (found.of, found.checked, found.unequal, found.left_out) == (24, 24, [], {})


def test_a_result_that_hangs_on_something_else_is_found(sweep, monkeypatch):
    """One more than the last bit is enough, and the audit says where, and what came out."""
    folder = sweep(FORGETFUL)
    monkeypatch.setenv("LUCK", repr(1000.0000000000002))
    found = audit(folder, patterns=["2"])
    assert found.checked == 4
    first = found.unequal[0]
    assert (first.column, first.row) == ("energy_j", 0)
    assert float(first.kept) != float(first.again)
    assert float(first.kept) == pytest.approx(float(first.again), rel=1e-12)


def test_nothing_is_changed(sweep, monkeypatch):
    """Neither by cells that come out the same nor by others."""
    folder = sweep(FORGETFUL)
    before = contents(folder)
    monkeypatch.setenv("LUCK", "7")
    audit(folder, share=1)
    assert contents(folder) == before


def test_the_choice_follows_its_seed(sweep, monkeypatch):
    """So that two people look at the same cells, and a third at others."""
    folder = sweep(FORGETFUL)
    monkeypatch.setenv("LUCK", "7")
    chosen = [{each.id for each in audit(folder, share=0.2, seed=seed).unequal} for seed in (0, 0, 1)]
    assert len(chosen[0]) == 5
    assert chosen[0] == chosen[1] != chosen[2]


def test_at_least_one_cell_is_looked_at(sweep):
    """A hundredth of 24 is one."""
    assert audit(sweep()).checked == 1


def test_a_cell_that_fails_now_is_said_and_harms_no_other(sweep, monkeypatch):
    """Its error is told; the others are checked."""
    folder = sweep(FORGETFUL)
    monkeypatch.setenv("LUCK", "none")
    found = audit(folder, patterns=["0"])
    assert found.checked == 0
    assert all("it fails now" in why and "ValueError" in why for why in found.left_out.values())


def test_what_measures_is_left_out(sweep):
    """It never comes out the same twice."""
    measuring = TRAIN.replace("class Train(Task):", "class Train(Task):\n    REPEATABLE = False")
    found = audit(sweep(measuring), patterns=["0"])
    assert found.checked == 0
    assert len(found.left_out) == 4


def test_a_share_is_a_share(sweep):
    """Ten cells are no share of them."""
    with pytest.raises(ConfigError, match="share is 10"):
        audit(sweep(), share=10)
