"""Files are read whole or refused by name, and written whole or not at all."""

from __future__ import annotations

import logging
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import TraceError
from simulator.trace.files import SUFFIXES, read_table, write_table

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = pytest.mark.parametrize("suffix", SUFFIXES)
WORDS = st.text("abcxyz ,;\"'-_.é×", min_size=1).map("t{}".format)  # never read as a number or as missing


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(1, 8))
    floats = draw(st.lists(st.floats(), min_size=rows, max_size=rows))
    whole = draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=rows, max_size=rows))
    words = draw(st.lists(WORDS, min_size=rows, max_size=rows))
    return pd.DataFrame({"word": words, "whole": np.array(whole, np.int64), "float": np.array(floats, np.float64)})


def bits(column: pd.Series) -> list[int]:
    values = column.to_numpy(np.float64).copy()
    values[np.isnan(values)] = np.nan  # one NaN for all
    return values.view(np.int64).tolist()


@FORMATS
@settings(max_examples=60, deadline=None)
@given(table=tables())
def test_round_trip_is_exact(table: pd.DataFrame, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is written in any format is read back bit by bit, and equal tables are equal files."""
    folder = tmp_path_factory.mktemp("round")
    write_table(table, folder / f"a{suffix}")
    write_table(table.set_index(table.index + 7), folder / f"b{suffix}")
    assert (folder / f"a{suffix}").read_bytes() == (folder / f"b{suffix}").read_bytes()
    read = read_table(folder / f"a{suffix}")
    assert read["word"].tolist() == table["word"].tolist()
    assert read["whole"].tolist() == table["whole"].tolist()
    assert bits(read["float"]) == bits(table["float"])
    assert read.index.tolist() == list(range(len(table)))


def test_csv_is_parsed_as_pandas_does(published_traces: Path) -> None:
    """Published histories depend on the bits that pandas reads by default."""
    for file in sorted(published_traces.glob("*.csv")):
        pd.testing.assert_frame_equal(read_table(file), pd.read_csv(file), check_exact=True)


def test_a_dataframe_is_handed_back(power: pd.DataFrame) -> None:
    """A table that is there already is not copied."""
    assert read_table(power) is power


@pytest.fixture
def written(train: pd.DataFrame, suffix: str, tmp_path: Path) -> Path:
    path = tmp_path / f"train{suffix}"
    write_table(train, path)
    return path


@FORMATS
def test_truncated_files_are_refused(written: Path, suffix: str) -> None:
    """A file cut anywhere is refused by name; what cannot be seen in CSV, validation finds or the log suspects."""
    whole = written.read_bytes()
    last_comma = whole.rindex(b",") if suffix == ".csv" else len(whole) - 2
    for cut in {1, 5, len(whole) // 3, len(whole) // 2, last_comma - 1, last_comma, last_comma + 1}:
        written.write_bytes(whole[:cut])
        if suffix == ".csv" and cut <= 5:  # what is left is a header, and a table without rows
            assert read_table(written).empty
            continue
        with pytest.raises(TraceError, match=re.escape(str(written))):
            read_table(written)


@FORMATS
def test_binary_and_empty_files_are_refused(written: Path, suffix: str) -> None:
    """Noise and nothing are no tables, whatever their name."""
    written.write_bytes(np.random.default_rng(3).bytes(2000))
    with pytest.raises(TraceError, match=f"train{suffix}"):
        read_table(written)
    written.write_bytes(b"")
    with pytest.raises(TraceError, match="is empty"):
        read_table(written)


@FORMATS
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damage_never_escapes_as_another_exception(
    suffix: str, data: st.DataObject, train: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever bytes are changed, inserted or lost: a table comes back, or a TraceError."""
    path = tmp_path_factory.mktemp("damage") / f"train{suffix}"
    write_table(train, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        width = data.draw(st.integers(0, 4))
        content[at : at + width] = data.draw(st.binary(max_size=4))
    path.write_bytes(content)
    with suppress(TraceError):
        read_table(path)


def test_a_cut_last_cell_is_suspected(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No newline at the end may mean that a number lost its last digits."""
    path = tmp_path / "power.csv"
    path.write_text("batch_size,time_per_epoch\n8,123.4\n8,12")
    with caplog.at_level(logging.WARNING):
        assert read_table(path)["time_per_epoch"].tolist() == [123.4, 12.0]
    assert "no newline at its end" in caplog.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n3\n4,5\n6,7,8\n", "line 3, 5: more or fewer cells than the 2 of the header"),
        ("a;b\n1;2\n", "separated by ';'"),
        ("a\tb\n1\t2\n", "separated by '\\t'"),
        ("a,b,a\n1,2,3\n", "several columns are called 'a'"),
        ("\n\n", "No columns"),
        ('a,b\n1,"2\n', "unexpected end of data"),
        ("a,b\n1,\0\n", "binary data"),
    ],
)
def test_misshapen_csv_is_refused(text: str, says: str, tmp_path: Path) -> None:
    """pandas would fill short lines with NaN and turn long ones into an index; here the lines are named."""
    path = tmp_path / "train.csv"
    path.write_text(text)
    with pytest.raises(TraceError) as raised:
        read_table(path)
    assert says in str(raised.value)
    assert str(path) in str(raised.value)


def test_latin_text_is_refused(tmp_path: Path) -> None:
    """Text in another encoding than UTF-8 is an error with its line and the way out; a UTF-8 mark is fine."""
    path = tmp_path / "train.csv"
    path.write_bytes("a,b\né,2\n".encode("latin-1"))
    with pytest.raises(TraceError, match=r"train\.csv: byte 0xe9 in line 2 is no UTF-8; .* save it as UTF-8"):
        read_table(path)
    path.write_bytes("a,b\né,2\n".encode("utf-8-sig"))
    assert read_table(path).columns.tolist() == ["a", "b"]


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """Ten gigabytes given by mistake are refused by their size; a limit of one's own is obeyed."""
    for name in ("train.csv", "train.parquet", "train.csv.xz"):
        path = tmp_path / name
        path.touch()
        os.truncate(path, 10_000_000_000)
        with pytest.raises(TraceError, match=r"holds 10 GB .* max_bytes"):
            read_table(path)
    small = tmp_path / "small.csv"
    small.write_text("a,b\n1,2\n")
    with pytest.raises(TraceError, match="max_bytes"):
        read_table(small, max_bytes=7)
    assert len(read_table(small, max_bytes=8)) == 1


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.xz", ".csv.zst", ".parquet"])
def test_a_small_file_that_unpacks_to_a_huge_one(suffix: str, tmp_path: Path) -> None:
    """The limit holds for what comes out of a file, too."""
    path = tmp_path / f"zeros{suffix}"
    write_table(pd.DataFrame({"a": np.zeros(200_000), "b": 0}), path)
    assert path.stat().st_size < 100_000
    with pytest.raises(TraceError, match="unpacked, it holds"):
        read_table(path, max_bytes=100_000)
    assert len(read_table(path)) == 200_000


def test_parquet_of_others_is_read(tmp_path: Path) -> None:
    """An index that pandas stored is left out; two columns of one name are refused."""
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1, 2, 3]}).loc[[2, 0]].to_parquet(path)
    read = read_table(path)
    assert (read.columns.tolist(), read["a"].tolist(), read.index.tolist()) == (["a"], [3, 1], [0, 1])
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    with pytest.raises(TraceError, match="several columns are called 'a'"):
        read_table(path)
