"""What a cell returns comes back as it was, or is refused with the reason."""

import enum
import math
import struct

import numpy as np
import pandas as pd
import pytest
from small_ledgers import cell_id, outcome

from simulator.explore.chunk import Located
from simulator.explore.shards import read_outcomes, read_rows, write_shard


class Colour(enum.StrEnum):
    RED = "red"


class Size(enum.IntEnum):
    LARGE = 3


def stored(folder, *results):
    """Store each result as that of a cell, and read the cells together."""
    outcomes = [outcome(n) for n in range(len(results))]
    info = write_shard(folder, "chunk", 0, outcomes, results)
    located, first = [], 0
    for told in read_outcomes(folder / info.path):
        assert told.done, told.error
        located.append(Located(told.id, info.path, first, told.rows))
        first += told.rows
    return read_rows(folder, located)


def refusal(folder, result):
    """Why a result cannot be stored; its neighbour is."""
    info = write_shard(folder, "chunk", 0, [outcome(0), outcome(1)], [result, {"x": 1}])
    first, second = read_outcomes(folder / info.path)
    assert not first.done
    assert first.rows == 0
    assert second.done
    assert read_rows(folder, [Located(second.id, info.path, 0, 1)])["x"].tolist() == [1]
    return first.error


def bits(number):
    return struct.pack("<d", number)


@pytest.mark.parametrize("number", [0.1, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308])
def test_a_number_comes_back_to_the_last_bit(tmp_path, number):
    """Zero keeps its sign, and what is not a number stays what it is."""
    [back] = stored(tmp_path, {"x": number})["x"].tolist()
    assert bits(back) == bits(number)


@pytest.mark.parametrize("payload", [0x7FF8000000000001, 0xFFF8000000000000])
def test_a_nan_keeps_its_payload_even_beside_a_missing_one(tmp_path, payload):
    """Every bit counts, also in a DataFrame."""
    nan = struct.unpack("<d", struct.pack("<Q", payload))[0]
    back = stored(tmp_path, {"x": nan}, pd.DataFrame({"x": [nan]}), {"x": None})["x"].to_numpy()
    assert back[:2].view(np.uint64).tolist() == [payload, payload]
    assert math.isnan(back[2])


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_a_whole_number_stays_one(tmp_path, number):
    """Also where a float could not hold it."""
    df = stored(tmp_path, {"n": number})
    assert df["n"].dtype == np.int64
    assert df["n"].tolist() == [number]


def test_whole_numbers_with_a_missing_one_stay_whole(tmp_path):
    """A cell without the column, and one with None there, make it a nullable one."""
    df = stored(tmp_path, {"n": 2**53 + 1}, {"n": None}, {"other": True})
    assert df["n"].dtype == "Int64"
    assert df["n"].tolist() == [2**53 + 1, pd.NA, pd.NA]
    assert df["other"].dtype == "boolean"


def test_text_bools_and_nothing(tmp_path):
    """Text is pandas' own, bools are numpy's, and a column of None is there."""
    df = stored(tmp_path, {"policy": "gts", "reached": True, "nothing": None}, {"policy": "ü", "reached": False})
    assert df["policy"].tolist() == ["gts", "ü"]
    assert df["reached"].dtype == bool
    assert df["nothing"].tolist() == [None, None]
    assert df.columns.tolist() == ["cell", "policy", "reached", "nothing"]


def test_numbers_of_numpy_and_members_of_enumerations_are_plain(tmp_path):
    """What stands for a plain value is one."""
    df = stored(
        tmp_path, {"a": np.float32(0.1), "b": np.int16(3), "c": np.bool_(True), "d": Colour.RED, "e": Size.LARGE}
    )
    assert df["a"].tolist() == [float(np.float32(0.1))]
    assert df[["b", "c", "d", "e"]].iloc[0].tolist() == [3, True, "red", 3]


def test_whole_numbers_beside_floats_are_floats(tmp_path):
    """As long as that is exact; otherwise the column holds what the cells returned."""
    exact = stored(tmp_path / "a", {"x": 1}, {"x": 0.5})
    assert exact["x"].dtype == np.float64
    far = stored(tmp_path / "b", {"x": 2**53 + 1}, {"x": 0.5})
    assert far["x"].dtype == object
    assert far["x"].tolist() == [2**53 + 1, 0.5]


def test_cells_that_disagree_about_a_type_keep_their_own(tmp_path):
    """A text does not turn a neighbour's number into text."""
    df = stored(tmp_path, {"x": 1}, {"x": "1"}, {"x": True}, {"x": None})
    assert df["x"].tolist() == [1, "1", True, None]
    assert [type(x) for x in df["x"]] == [int, str, bool, type(None)]


def test_a_history_is_a_list_of_rows(tmp_path):
    """Each may lack columns; a cell without rows has none, and None likewise."""
    df = stored(tmp_path, [{"epoch": 0, "loss": 1}, {"epoch": 1, "loss": 0.5, "best": True}], [], None)
    assert df["epoch"].tolist() == [0, 1]
    assert df["loss"].tolist() == [1.0, 0.5]
    assert df["best"].tolist() == [pd.NA, True]
    assert df["cell"].tolist() == [cell_id(0)] * 2


def test_without_a_cell_there_is_a_table_without_rows(tmp_path):
    """Nothing was run yet, and that is no error."""
    assert read_rows(tmp_path, []).columns.tolist() == ["cell"]


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (3.5, "a float is none of a mapping"),
        ([1, 2], "one of its rows is a int"),
        ({"x": 2**63}, "column 'x' holds 9223372036854775808, beyond 64 bits"),
        ({"x": -(2**63) - 1}, "beyond 64 bits"),
        ({"x": [1, 2]}, "column 'x' holds a list, [1, 2]"),
        ({"x": object}, "holds a type"),
        ({"cell": 1}, "a column is called 'cell'"),
        ({3: 1}, "a column is called 3, which is no text"),
        ([{"x": 1}, {"x": "a"}], "column 'x' holds values of int and str"),
        ([{"x": 2**53 + 1}, {"x": 0.5}], "beside floats, which cannot hold it"),
        (pd.DataFrame({"x": [1j]}), "column 'x'"),
        (pd.DataFrame({"x": [[1]]}), "column 'x' is of type list"),
        (pd.DataFrame({"x": [1, "a"]}, dtype=object), "column 'x' of type object"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns are called 'a'"),
        (pd.DataFrame({"x": pd.Categorical([pd.Timestamp(0)])}), "column 'x' has categories of type datetime64"),
        (pd.DataFrame({"a": [1]}, index=pd.Index([1], name="a")), "'a' is a column and a name of the index"),
        ({"x": "\ud800"}, "column 'x'"),
    ],
)
def test_what_cannot_be_stored_fails_its_own_cell_alone(tmp_path, result, why):
    """The reason says which column, and what it holds."""
    assert why in refusal(tmp_path, result)


def test_what_went_wrong_and_what_was_printed_come_back(tmp_path):
    """Errors, tracebacks and output of some cells are those of these cells."""
    outcomes = [
        outcome(0, output="said"),
        outcome(1, done=False, traceback="line 1\nline 2"),
        outcome(2, started_s=0.1 + 0.2),
    ]
    info = write_shard(tmp_path, "chunk", 3, outcomes, [{"x": 1}, None, None])
    assert read_outcomes(tmp_path / info.path) == [outcomes[0]._replace(rows=1), *outcomes[1:]]
    assert info.part == 3
