"""Single columns are compared with the schema, and every cell that does not fit is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from simulator.trace.schema import GROUPS, POWER, TRAIN
from simulator.trace.validate.columns import check_columns, coerced, numbers

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.trace.validate.report import Problem


def with_cell(df: pd.DataFrame, row: int, column: str, value: Any) -> pd.DataFrame:
    """Copy a table with one other cell, whatever type that gives the column."""
    cells = df[column].astype(object)
    cells.iloc[row] = value
    return df.assign(**{column: cells.infer_objects()})


def found(df: pd.DataFrame, *, schema: Any = POWER) -> list[Problem]:
    return list(check_columns(df, schema))


def test_valid_tables_have_no_problem(train: pd.DataFrame, power: pd.DataFrame, groups: pd.DataFrame) -> None:
    """The tables that the other tests spoil are fine before."""
    assert [*found(train, schema=TRAIN), *found(power), *found(groups, schema=GROUPS)] == []


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("time_per_epoch", None, "empty"),
        ("time_per_epoch", float("nan"), "empty"),
        ("network", None, "empty"),
        ("average_power", "lots", "'lots' where a number [W] is expected"),
        ("average_power", float("inf"), "inf where a finite number [W]"),
        ("average_power", -3.5, "-3.5 where a number [W] above 0"),
        ("time_per_epoch", 0.0, "0.0 where a number [s] above 0"),
        ("batch_size", 32.5, "32.5 where a whole number [samples]"),
        ("batch_size", 1e300, "1e+300 where a whole number"),
        ("batch_size", 0, "0 where a number [samples] above 0"),
        ("power_limit", True, "True where a number [W]"),
        ("power_limit", [100], "[100] where a number [W]"),
        ("optimizer", 7, "7 where text is expected"),
        ("dataset", b"squad", "b'squad' where text is expected"),
    ],
)
def test_a_wrong_cell_is_named(power: pd.DataFrame, column: str, value: Any, says: str) -> None:
    """One wrong cell gives one error, with its row, its column, what it holds and what it should hold."""
    (problem,) = found(with_cell(power, 2, column, value))
    assert (problem.severity, problem.table, problem.column, problem.rows) == ("error", "power", column, (2,))
    assert says in problem.message


def test_everything_is_said_at_once(power: pd.DataFrame) -> None:
    """Several wrong cells in one column and a missing column are all in one list."""
    spoiled = with_cell(with_cell(power, 0, "average_power", -1.0), 3, "average_power", None)
    spoiled = spoiled.rename(columns={"time_per_epoch": "time_per_epok"}).drop(columns="optimizer")
    assert {(p.column, p.rows) for p in found(spoiled)} == {
        ("average_power", (0,)),
        ("average_power", (3,)),
        ("time_per_epoch", ()),
        ("optimizer", ()),
    }


def test_a_misnamed_column_is_recognised(power: pd.DataFrame) -> None:
    """The nearest column that nothing else claims is offered, and what exists is listed."""
    (problem,) = found(power.rename(columns={"time_per_epoch": "Time_Per_Epoch"}))
    assert "did you mean 'Time_Per_Epoch'?" in problem.message
    assert "average_power" in problem.message


def test_existing_columns_are_listed_once(power: pd.DataFrame) -> None:
    """A table of something else lacks all columns; what it has is said with the first."""
    problems = found(power[["power_limit"]].rename(columns={"power_limit": "watts"}))
    assert len(problems) == 7
    assert ["the table has watts" in problem.message for problem in problems] == [True] + [False] * 6


def test_names_that_read_as_empty(power: pd.DataFrame, tmp_path: Path) -> None:
    """A dataset called NA or null is one, to who wrote it; pandas reads nothing, and the message says why."""
    power.assign(dataset="null").to_csv(tmp_path / "power.csv", index=False)
    (problem,) = found(pd.read_csv(tmp_path / "power.csv"))
    assert "names such as NA and null are read as empty, too" in problem.message
    (problem,) = found(power.assign(time_per_epoch=[1.0, None, 1.0, 1.0]))
    assert "NA" not in problem.message.replace("(NaN)", "")


def test_a_misnamed_optional_column_is_a_warning(train: pd.DataFrame) -> None:
    """A column that nearly has an optional name would be ignored in silence otherwise; others are free."""
    (problem,) = found(train.assign(Slice=0, comment="x"), schema=TRAIN)
    assert (problem.severity, problem.column) == ("warning", "slice")


def test_one_stray_word_accuses_one_row(power: pd.DataFrame) -> None:
    """A word makes pandas read a whole CSV column as text; only the word is wrong."""
    text = power.assign(power_limit=["100", "oops", "100", "250"])
    (problem,) = found(text)
    assert problem.rows == (1,)


def test_numbers_as_text_are_refused_except_learning_rates(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """A column of numbers in quotes is an error with the way out; published learning rates are such text."""
    (problem,) = found(power.assign(power_limit=power["power_limit"].astype(str)))
    assert "pandas.to_numeric" in problem.message
    assert problem.rows == (0, 1, 2, 3)
    assert found(train.assign(learning_rate="1e-1"), schema=TRAIN) == []
    (problem,) = found(train.assign(learning_rate="-1e-1"), schema=TRAIN)
    assert "above 0" in problem.message


def test_optional_flags_are_true_or_false(power: pd.DataFrame) -> None:
    """A predicted column holds bools, or is empty where a row was recorded."""
    assert found(power.assign(predicted=False)) == []
    sparse = power.assign(predicted=[True, None, False, np.nan])
    assert found(sparse) == []
    assert coerced(sparse, POWER)["predicted"].tolist() == [True, False, False, False]
    (problem,) = found(power.assign(predicted=["yes", True, True, False]))
    assert problem.rows == (0,)


def test_spaces_around_names_are_a_warning(power: pd.DataFrame) -> None:
    """A name with a space matches nothing; the warning shows it in quotes."""
    (problem,) = found(with_cell(power, 1, "network", " bert"))
    assert (problem.severity, problem.rows) == ("warning", (1,))
    assert "' bert'" in problem.message


def test_two_columns_of_one_name(power: pd.DataFrame) -> None:
    """Which of two columns is meant, nobody can know."""
    (problem,) = found(pd.concat([power, power[["batch_size"]]], axis=1))
    assert (problem.severity, problem.column) == ("error", "batch_size")


def test_a_table_without_rows(power: pd.DataFrame) -> None:
    """An empty table is an error of its own."""
    assert [problem.message for problem in found(power.iloc[:0])] == ["the table has no rows"]


def test_groups_may_be_numbered(groups: pd.DataFrame) -> None:
    """Names and numbers both tell groups apart; a list does not."""
    assert found(groups.assign(group=[1, 2, 1, 2, 1]), schema=GROUPS) == []
    (problem,) = found(groups.assign(group=["a", 2, [1], "b", 3.0]), schema=GROUPS)
    assert (problem.column, problem.rows) == ("group", (2,))


def test_coerced_keeps_what_is_usable(power: pd.DataFrame) -> None:
    """Bad cells become missing ones, so that checks over several columns see the others."""
    spoiled = with_cell(with_cell(power, 0, "average_power", "lots"), 1, "average_power", np.inf)
    usable = coerced(with_cell(spoiled, 2, "network", 5).set_index(power.index + 100), POWER)
    assert usable["average_power"].isna().tolist() == [True, True, False, False]
    assert usable["network"].isna().tolist() == [False, False, True, False]
    assert usable.index.tolist() == [0, 1, 2, 3]


def test_numbers_reads_every_kind_of_column() -> None:
    """Nullable, textual and mixed columns become float64, with NaN for what is no number."""
    expected = [1.0, np.nan]
    for column in (pd.array([1, None], dtype="Int64"), [1.0, None], ["1", "x"], [1, True], ["1e0", [1]]):
        np.testing.assert_array_equal(numbers(pd.Series(column)), expected)
    for column in ([True, False], [1j, 2j], pd.to_datetime(["2023-04-17", None])):
        assert np.isnan(numbers(pd.Series(column))).all()
