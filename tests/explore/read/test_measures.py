"""Which numbers of a result are its measures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.explore.read.measures import measured


def of(rows, ids=("a", "b"), **options):
    return measured(list(ids), pd.DataFrame(rows), **options)


def test_the_last_row_of_a_history_counts():
    """It is the state that the task came to."""
    found = of([{"cell": "a", "loss": 3.0}, {"cell": "a", "loss": 1.0}, {"cell": "b", "loss": 2.0}])
    assert found.numbers("loss").tolist() == [1.0, 2.0]


def test_rows_that_are_runs_add_up():
    """What a replay cost is what all of its runs cost."""
    runs = [{"cell": "a", "recurrence": i, "attempt": 0, "energy_j": 2.0, "time_s": 1.0, "cost": 3.0} for i in range(4)]
    found = of(runs, ids=["a"])
    assert [found.numbers(name).tolist() for name in ("energy_j", "time_s", "cost")] == [[8.0], [4.0], [12.0]]


def test_fields_labels_and_ids_are_no_measures():
    """The row says them already."""
    found = of([{"cell": "a", "seed": 3, "synthetic": True, "loss": 1.0, "verdict": "better"}], fields=["seed"])
    assert found.names == ["loss"]
    assert found.words == ["verdict"]
    assert found.label("synthetic").tolist() == [True, False]
    assert found.done.tolist() == [True, False]


def test_a_replay_that_broke_off_says_nothing_about_costs():
    """Its energy is that of a part."""
    found = of([{"cell": "a", "energy_j": 1.0, "failed": True}, {"cell": "b", "energy_j": 5.0, "failed": False}])
    np.testing.assert_array_equal(found.numbers("energy_j"), [np.nan, 5.0])
    assert found.broke_off.tolist() == [True, False]


def test_never_is_no_number():
    """A policy that never came to the best configuration has no recurrence at which it did."""
    found = of([{"cell": "a", "recurrences_to_oracle": -1}, {"cell": "b", "recurrences_to_oracle": 4}])
    np.testing.assert_array_equal(found.numbers("recurrences_to_oracle"), [np.nan, 4.0])


def test_columns_of_other_tasks_are_missing_here():
    """A grid may hold tasks of several kinds."""
    rows = pd.DataFrame({"cell": ["a", "b"], "loss": pd.array([1, None], dtype="Int64"), "flag": [True, None]})
    found = measured(["a", "b"], rows)
    np.testing.assert_array_equal(found.numbers("loss"), [1.0, np.nan])
    np.testing.assert_array_equal(found.numbers("flag"), [1.0, np.nan])
