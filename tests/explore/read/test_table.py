"""One line a row, in plan order, whoever ran the cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_sweeps import FAILING, TRAIN

from simulator.compare.means import mean_interval
from simulator.errors import ConfigError, LedgerError, UnknownCellError
from simulator.explore import read_table
from simulator.explore.read.summary import overview


def test_seeds_are_averaged_over_and_not_listed(sweep):
    """24 cells of 4 seeds are 6 rows, with the mean and the interval that the rest of the package has."""
    table = read_table(sweep())
    assert table[["index", "policy", "eta", "cells", "done", "n"]].iloc[2].tolist() == [2, "thrifty", 0.3, 4, 4, 4]
    assert len(table) == 6
    luck = 1000.0 + 100.0 * np.arange(4) + 0.1 * 0.3
    expected = mean_interval(luck * 0.5, confidence=0.95)
    assert table.loc[2, ["energy_j", "energy_low_j", "energy_high_j"]].tolist() == list(expected)


def test_rows_stand_in_the_order_of_the_plan(sweep):
    """Not in that of names, ids, or ends."""
    table = read_table(sweep())
    assert table["policy"].tolist() == ["default", "default", "thrifty", "thrifty", "hasty", "hasty"]
    assert table["index"].tolist() == list(range(6))


def test_patterns_choose_cells_and_leave_indices_as_they_are(sweep):
    """A row keeps its number, whatever else is shown."""
    table = read_table(sweep(), patterns=["2:5", "!hasty"])
    assert table["index"].tolist() == [2, 3]


def test_what_has_not_run_yet_is_counted_and_has_no_numbers(sweep):
    """The table is there from the first moment on."""
    table = read_table(sweep(only=["thrifty"]))
    assert table["pending"].tolist() == [4, 4, 0, 0, 4, 4]
    assert table["energy_j"].isna().tolist() == [True, True, False, False, True, True]
    assert table["on_front"].tolist() == [False, False, True, False, False, False]


def test_a_grid_without_any_result_has_a_table(sweep):
    """Columns of measures come with the first result."""
    table = read_table(sweep(only=["thrifty"]), patterns=["hasty"])
    assert table["n"].tolist() == [0, 0]


def test_rows_of_which_a_cell_failed_are_neither_on_the_front_nor_without_regret(sweep):
    """The cells that went through were the luckier ones."""
    table = read_table(sweep(FAILING))
    assert table["failed"].tolist() == [0, 0, 1, 1, 0, 0]
    assert table["on_front"].tolist() == [True, False, False, False, True, False]
    assert table["regret_pct"].isna().tolist() == [False, False, True, True, False, False]
    assert table.loc[2, "n"] == 3


def test_equal_results_make_equal_tables_whoever_ran_the_cells(sweep):
    """Two processes, other chunks, other order of ends: the same table, to the bit."""
    one = read_table(sweep(folder="one"))
    other = read_table(sweep(folder="other", executor="pool", workers=2))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert one.attrs == other.attrs


def test_who_ran_it_and_when_is_told_only_if_asked_for(sweep):
    """A table that is compared with another holds no times."""
    folder = sweep()
    usual, more = read_table(folder), read_table(folder, meta=True)
    added = [name for name in more if name not in usual]
    assert added == ["row_id", "attempts", "ran_s", "ran_cpu_s", "first_error"]
    assert more["attempts"].tolist() == [4] * 6


def test_changes_against_a_baseline_are_paired_by_seed(sweep):
    """Seeds move costs by a quarter, and the change not at all: pairs have the same luck."""
    table = read_table(sweep(), baseline={"policy": "default"})
    assert table["pairs"].tolist() == [0, 0, 4, 4, 4, 4]
    changes = table[["energy_j_change_pct", "energy_j_change_low_pct", "energy_j_change_high_pct"]]
    assert changes.iloc[:2].isna().all(axis=None)
    np.testing.assert_allclose(changes.iloc[2:4], -50.0, atol=1e-9)
    np.testing.assert_allclose(changes.iloc[4:], 50.0, atol=1e-9)


def test_a_tag_that_is_a_list_is_shown_as_its_field_is(sweep):
    """It says the same, so that it has no column of its own; where it does not, the column holds text."""
    listed = TRAIN.replace("    seed: int", "    gpus: list[str] = param()\n    seed: int").replace(
        "eta=[0.3, 0.7]", "eta=[0.3], gpus=[tag(['a']), tag(['b', 'c'])]"
    )
    table = read_table(sweep(listed.replace("import Task", "import Task, tag")))
    assert table["gpus"].tolist() == ['["a"]', '["b","c"]'] * 3
    assert "gpus_tag" not in table


def test_cells_are_paired_by_all_that_repeats_them(sweep):
    """With two fields of repetition, cells with the same seed and the same fold meet, and no others."""
    folded = TRAIN.replace("    def execute", "    fold: int = param(0, repetition=True)\n\n    def execute")
    folded = folded.replace("100.0 * self.seed", "100.0 * self.seed + 7.0 * self.fold").replace(
        "seed=range(4)", "seed=range(4), fold=range(3)"
    )
    table = read_table(sweep(folded), baseline={"policy": "default"})
    assert table["pairs"].tolist() == [0, 0, 12, 12, 12, 12]
    changes = table[["energy_j_change_pct", "energy_j_change_low_pct", "energy_j_change_high_pct"]]
    np.testing.assert_allclose(changes.iloc[2:4], -50.0, atol=1e-9)


@pytest.mark.parametrize("baseline", [{"polcy": "default"}, {"policy": "defualt"}])
def test_a_baseline_that_is_not_there_is_answered_with_what_is(sweep, baseline):
    """A slip of the keyboard is no empty column."""
    with pytest.raises(ConfigError, match="policy"):
        read_table(sweep(), baseline=baseline)


def test_a_measure_that_is_called_like_a_column_is_set_apart(sweep):
    """Nothing is lost, and no count is taken for a result."""
    table = read_table(sweep(TRAIN.replace('"synthetic": True', '"n": 7, "done": 0.5')))
    assert table["n"].tolist() == [4] * 6
    assert table["n_result"].tolist() == [7.0] * 6
    assert table["done_result"].tolist() == [0.5] * 6


def test_synthetic_data_are_called_so(sweep):
    """In each row, and for the whole table."""
    table = read_table(sweep())
    assert table["data"].tolist() == ["SYNTHETIC traces"] * 6
    assert table.attrs["synthetic"]
    recorded = read_table(sweep(TRAIN.replace('"synthetic": True', '"synthetic": False'), folder="recorded"))
    assert "data" not in recorded
    assert not recorded.attrs["synthetic"]


def test_grids_and_folders_that_are_not_there_are_named(sweep):
    """With what there is."""
    folder = sweep()
    with pytest.raises(UnknownCellError, match=r"no grid is called 'pla'; .* has plan; did you mean 'plan'"):
        read_table(folder, "pla")
    with pytest.raises(LedgerError):
        read_table(folder / "elsewhere")
    with pytest.raises(ConfigError, match="confidence is 95"):
        read_table(folder, confidence=95)


def test_what_is_chosen_does_not_change_what_is_best(sweep):
    """Front, regret and changes are those among all rows, so that a filter tells no lies."""
    folder = sweep()
    baseline = {"policy": "default"}
    whole, some = (read_table(folder, baseline=baseline, patterns=each) for each in ((), ["hasty"]))
    names = ["on_front", "regret_pct", "energy_j", "energy_j_change_pct", "pairs"]
    assert some["regret_pct"].min() > 0
    assert some[names].to_numpy().tolist() == whole.loc[whole["policy"] == "hasty", names].to_numpy().tolist()


WORDS = """
from simulator.explore import Task, param, product

class Pick(Task):
    rate: float = param(0.1)

    def execute(self):
        return {"best": "low" if self.rate < 0.15 else "high", "kind": "steps"}

def explorer(launcher):
    launcher(Pick, product(rate=[0.1, 0.2]))
"""


def test_people_see_results_that_are_words(sweep):
    """Where these tell rows apart; a task may come to nothing else."""
    headings = {column.headings[0]: column.texts for column in overview(read_table(sweep(WORDS))).columns}
    assert headings["best"] == ["low", "high"]
    assert "kind" not in headings
