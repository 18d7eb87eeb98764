"""A DataFrame that a cell returned comes back with its types."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from small_ledgers import outcome

from simulator.explore.chunk import Located
from simulator.explore.shards import read_outcomes, read_rows, write_shard


def read_back(folder, *frames):
    info = write_shard(folder, "chunk", 0, [outcome(n) for n in range(len(frames))], frames)
    outcomes = read_outcomes(folder / info.path)
    assert [told.error for told in outcomes] == [None] * len(frames)
    firsts = np.cumsum([0, *(told.rows for told in outcomes)]).tolist()
    located = [Located(told.id, info.path, first, told.rows) for told, first in zip(outcomes, firsts, strict=False)]
    return read_rows(folder, located).drop(columns="cell")


@pytest.mark.parametrize(
    "column",
    [
        np.array([1, 2, 3], dtype=np.uint8),
        np.array([1, 2, 2**64 - 1], dtype=np.uint64),
        np.array([-1, 2, 3], dtype=np.int32),
        np.array([0.1, -0.0, np.nan], dtype=np.float32),
        np.array([0.1, -0.0, np.nan], dtype=np.float16),
        np.array([True, False, True]),
        pd.array([1, None, 3], dtype="Int64"),
        pd.array([True, None, False], dtype="boolean"),
        pd.array(["a", None, "c"], dtype="str"),
        pd.to_datetime(["2026-01-01 00:00:00.123456789", None, "2026-01-02 00:00:00.5"]),
        pd.to_datetime(["2026-01-01 10:00", None, "2026-01-02 11:00"]).tz_localize("Europe/Berlin"),
        np.array(["2026-01-01", "NaT", "2026-01-03"], dtype="datetime64[s]"),
        np.array(["2026-01-01", "NaT", "2026-01-03"], dtype="datetime64[ms]"),
        np.array([1, 2, 3], dtype="timedelta64[ns]"),
        np.array([1, 2, 3], dtype="timedelta64[s]"),
        pd.Categorical(["b", None, "a"], categories=["b", "a", "c"]),
        pd.Categorical(["b", "c", "a"], categories=["b", "a", "c"], ordered=True),
        pd.Categorical([3, 1, 3]),
        pd.Categorical([None, None, None], categories=pd.Index([], dtype="str")),
    ],
)
def test_a_column_keeps_its_type(tmp_path, column):
    """Times, categories and numbers of every width."""
    df = pd.DataFrame({"x": column})
    assert_frame_equal(read_back(tmp_path, df), df, check_exact=True)


def test_equal_categories_of_many_cells_stay_categories(tmp_path):
    """Also if their order counts."""
    frames = [pd.DataFrame({"x": pd.Categorical(["a"], ["b", "a"], ordered=True)}) for _ in range(3)]
    assert_frame_equal(read_back(tmp_path, *frames), pd.concat(frames, ignore_index=True))


def test_different_categories_become_all_that_there_are(tmp_path):
    """In the order in which they first appear, unless they had one."""
    one, two = (pd.DataFrame({"x": pd.Categorical([c], [c, "z"])}) for c in "ab")
    assert read_back(tmp_path / "1", one, two)["x"].cat.categories.tolist() == ["a", "z", "b"]
    one, two = (pd.DataFrame({"x": pd.Categorical([c], [c, "z"], ordered=True)}) for c in "ab")
    assert read_back(tmp_path / "2", one, two)["x"].tolist() == ["a", "b"]
    assert read_back(tmp_path / "3", one, pd.DataFrame({"x": ["plain"]}))["x"].tolist() == ["a", "plain"]


def test_a_named_index_is_kept_as_columns_and_numbers_of_rows_are_not(tmp_path):
    """What a user named is data."""
    named = pd.DataFrame({"x": [1, 2]}, index=pd.Index([7, 8], name="epoch"))
    assert read_back(tmp_path / "1", named).to_dict("list") == {"epoch": [7, 8], "x": [1, 2]}
    chosen = pd.DataFrame({"x": [1, 2, 3]}).loc[[2, 0]]
    assert read_back(tmp_path / "2", chosen).to_dict("list") == {"x": [3, 1]}


def test_an_empty_table_keeps_its_columns(tmp_path):
    """A history without epochs has types, too."""
    df = pd.DataFrame({"epoch": np.array([], dtype=np.int64), "loss": np.array([], dtype=np.float64)})
    assert_frame_equal(read_back(tmp_path, df), df)


def test_numbers_of_several_widths_find_a_common_one(tmp_path):
    """Narrow ones become wide; a number that no common type holds stays itself."""
    narrow, wide = pd.DataFrame({"x": np.array([1], np.uint8)}), pd.DataFrame({"x": np.array([-1], np.int64)})
    assert read_back(tmp_path / "1", narrow, wide)["x"].dtype == np.int64
    huge = pd.DataFrame({"x": np.array([2**64 - 1], np.uint64)})
    assert read_back(tmp_path / "2", huge, wide)["x"].tolist() == [2**64 - 1, -1]
