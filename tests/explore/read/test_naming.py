"""No column stands in for another, whatever fields and results are called."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.compare.means import with_ends
from simulator.explore import read_table
from simulator.explore.plan.explorer import Explorer
from simulator.explore.read import display, export_table, gather
from simulator.explore.read.naming import RESERVED, change_ends, names_of
from simulator.explore.read.summary import overview

CLASHING = """
from simulator.explore import Task, param, product

class Clash(Task):
    n: int
    done: int = 77
    seed: int = param(0, repetition=True)

    def execute(self):
        own = {"n": 123, "index": 5, "failed": 9, "v_low": -1.0, "v_change_pct": 8.0, "sig": "x"}
        return {"v": 1.0 + self.n + self.seed, "synthetic": 4, "done": 77, "seed": self.seed, **own}

def explorer(launcher):
    launcher(Clash, product(n=[10, 20], seed=range(3)))
"""

_WORDS = st.sampled_from(["n", "index", "v", "v_j", "front", "n_field", "n_result", "x_y_pct"])
_ENDS = st.sampled_from(["", "_low", "_high", "_low_j", "_change_pct", "_change_low_pct", "_result", "_field", "_tag"])
_NAMES = st.lists(st.builds("{}{}{}".format, _WORDS, _ENDS, _ENDS), unique=True, max_size=8)


@pytest.fixture
def folder(sweep):
    return sweep(CLASHING)


def test_columns_of_the_table_keep_their_names_and_what_they_say(folder):
    """Row numbers are those that patterns take, and counts are counts."""
    table = read_table(folder, baseline={"n": 10})
    assert table[["index", "n", "done", "failed", "cells"]].to_numpy().tolist() == [[0, 3, 3, 0, 3], [1, 3, 3, 0, 3]]
    assert read_table(folder, patterns=["1"])["n_field"].tolist() == [20]


def test_fields_and_results_that_are_called_like_a_column_are_set_apart(folder):
    """Nothing is dropped, and nothing overwritten."""
    table = read_table(folder, baseline={"n": 10}, meta=True)
    assert table["n_field"].tolist() == [10, 20]
    names = ["v", "n_result", "index_result", "failed_result", "v_low_result", "v_change_pct_result"]
    assert table.loc[1, names].tolist() == [22.0, 123.0, 5.0, 9.0, -1.0, 8.0]
    assert table["synthetic_result"].tolist() == [4.0, 4.0]
    assert table["sig_result"].tolist() == ["x", "x"]
    assert table.loc[1, "v_low"] == pytest.approx(22 - 2.484, abs=1e-3)
    assert table.loc[1, "v_change_pct"] == pytest.approx(100 * (22 / 12 - 1))
    assert not table.attrs["synthetic"]


def test_results_that_repeat_a_field_are_told_once(folder):
    """Seeds and defaults that a task hands back are no measures, and other numbers under a field's name are."""
    assert not {"done_result", "seed", "seed_result"} & set(read_table(folder))


def test_files_have_all_columns(folder, tmp_path):
    """Whichever format."""
    table = read_table(folder)
    csv = pd.read_csv(export_table(table, tmp_path / "a.csv"))
    parquet = pd.read_parquet(export_table(table, tmp_path / "a.parquet"))
    assert list(csv) == list(parquet) == list(table)
    assert csv["n_field"].tolist() == parquet["n_field"].tolist() == [10, 20]


def test_people_see_fields_under_names_of_their_own(folder):
    """The axis is not the number of cells."""
    columns = {column.headings[-1]: column.texts for column in overview(read_table(folder), everything=True).columns}
    assert columns["n_field"] == ["10", "20"]
    assert columns["n"] == ["3", "3"]
    assert columns["n_result"] == ["123", "123"]


def test_the_usual_columns_of_an_explorer_are_told_from_results(folder):
    """Beside index and sig of the row stand those of the results."""
    shown = display(gather(folder), Explorer(lambda _: None)).columns
    columns = {column.headings: column.texts for column in shown}
    assert len(columns) == len(shown)
    assert columns["index",] == ["0", "1"]
    assert columns["index_result",] == ["5", "5"]
    assert columns["n_result",] == ["123", "123"]
    assert columns["sig_result",] == ["x", "x"]
    assert columns["synthetic_result",] == ["4", "4"]


@given(_NAMES, _NAMES, _NAMES, _NAMES)
def test_no_name_is_given_out_twice(fields, tags, measures, words):
    """Nor is the end of an interval called like anything else."""
    words = [word for word in words if word not in measures]
    names = names_of(fields, tags, measures, words)
    assert (set(names.fields), set(names.tags), set(names.results)) == (set(fields), set(tags), {*measures, *words})
    columns = [*RESERVED, *names.fields.values(), *names.tags.values(), *(names.results[word] for word in words)]
    for called in (names.results[name] for name in measures):
        columns += [*with_ends(called, (0.0, 0.0, 0.0)), *change_ends(called)]
    assert len(columns) == len(set(columns))
