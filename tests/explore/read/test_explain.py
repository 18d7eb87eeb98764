"""Why a cell is what it is."""

from __future__ import annotations

import pytest
from small_sweeps import FAILING

from simulator.errors import UnknownCellError
from simulator.explore.read import differing, explain_cell


def test_all_that_is_known_about_a_cell_is_told(sweep):
    """Content, state, reason, attempts, and where the result lies."""
    folder = sweep()
    found = explain_cell(folder, "2")
    assert (found.grid, found.cell.row, found.alike) == ("plan", 2, 4)
    assert found.fields == {"policy": "thrifty", "eta": 0.3, "seed": 0}
    assert found.cell.state == "done"
    assert "new" in found.cell.reason
    assert [(each.number, each.ended) for each in found.attempts] == [(1, "done")]
    assert found.result.is_file()
    assert explain_cell(folder, found.cell.id[:8]).cell.id == found.cell.id


def test_why_a_cell_failed_is_told(sweep):
    """With its traceback and what it printed."""
    found = explain_cell(sweep(FAILING), "eta=0.3_policy=thrifty_seed=3")
    assert "diverged" in found.attempts[0].error
    assert "raise ValueError" in found.attempts[0].traceback
    assert found.attempts[0].output == "training thrifty 3\n"
    assert found.result is None


def test_the_fields_in_which_two_cells_differ_are_told(sweep):
    """And no others."""
    first, second, differences = differing(sweep(), "0", "5")
    assert (first.row, second.row) == (0, 5)
    assert {each.path for each in differences} == {"policy", "eta"}


def test_a_word_that_means_several_rows_is_answered_with_some_of_them(sweep):
    """One of them was meant."""
    with pytest.raises(UnknownCellError, match=r"'hasty' means 2 rows: 4 .* 5 .* in plan; name one"):
        explain_cell(sweep(), "hasty")


def test_a_word_that_means_nothing_is_answered_with_what_there_is(sweep):
    """Also where the folder has several grids."""
    folder = sweep()
    with pytest.raises(UnknownCellError):
        explain_cell(folder, "nobody")
    sweep(FAILING, name="second")
    with pytest.raises(UnknownCellError, match="no cell is called 'nobody' in plan, second"):
        explain_cell(folder, "nobody")
