"""Places from which nothing can be read, and places to which nothing can be written, say what they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq
import pytest

from simulator.errors import TraceError
from simulator.trace.files import SUFFIXES, read_table, whole_file, write_table

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = pytest.mark.parametrize("suffix", SUFFIXES)


def test_paths_that_are_no_tables(tmp_path: Path) -> None:
    """A missing file, a directory and an unknown ending are told apart, and the nearest name is offered."""
    (tmp_path / "summary_train.csv").write_text("a\n1\n")
    with pytest.raises(TraceError, match=r"did you mean 'summary_train\.csv'"):
        read_table(tmp_path / "sumary_train.csv")
    with pytest.raises(TraceError, match="no file"):
        read_table(tmp_path / "nowhere" / "train.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(TraceError, match="is a directory"):
        read_table(tmp_path / "folder.csv")
    with pytest.raises(TraceError, match=r"ends in \.csv, \.csv\.gz"):
        read_table(tmp_path / "train.xlsx")
    with pytest.raises(TraceError, match="no format"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "train.txt")


def test_paths_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe, a link to nothing, a name too long and a file of somebody else: each says what it is."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "gone.csv")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for name, says in {
        "pipe.csv": "is a pipe or a device",
        "link.csv": r"is a link to .*gone\.csv, which does not exist",
        "x" * 300 + ".csv": "File name too long",
    }.items():
        with pytest.raises(TraceError, match=says):
            read_table(tmp_path / name)

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", denied)  # root may read anything
    with pytest.raises(TraceError, match=r"secret\.csv may not be read; .*permission"):
        read_table(tmp_path / "secret.csv")


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where a folder should be, a name too long, and cells that Parquet cannot hold: typed, nothing left."""
    (tmp_path / "file").touch()
    table = pd.DataFrame({"a": [1, "x"]})
    for place, says in {
        "file/a.csv": r"a\.csv cannot be written",
        "x" * 300 + ".csv": "too long",
        "a.parquet": "column a with type",
    }.items():
        with pytest.raises(TraceError, match=says):
            write_table(table, tmp_path / place)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@FORMATS
def test_a_failed_write_leaves_what_was_there(
    suffix: str, train: pd.DataFrame, power: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails or is interrupted leaves the old file and no other."""
    written = tmp_path / f"train{suffix}"
    write_table(train, written)
    before = written.read_bytes()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pq, "write_table", interrupted)
    monkeypatch.setattr(pd.DataFrame, "to_csv", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_table(power, written)
    assert written.read_bytes() == before
    assert [file.name for file in written.parent.iterdir()] == [written.name]


def test_a_new_file_has_usual_permissions(tmp_path: Path) -> None:
    """Others may read what one writes, as far as the user's mask allows; missing folders are made."""
    (tmp_path / "usual").touch()
    with whole_file(tmp_path / "new" / "folder" / "a.csv") as temporary:
        temporary.write_text("a\n1\n")
        assert not (tmp_path / "new" / "folder" / "a.csv").exists()
    made = tmp_path / "new" / "folder" / "a.csv"
    assert made.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A pipe or a device that has the name stays what it is: who can write beside it would lose it."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(TraceError, match=r"pipe\.csv cannot be written: it is no file"):
        write_table(pd.DataFrame({"a": [1]}), pipe)
    assert pipe.is_fifo()
    assert [*tmp_path.iterdir()] == [pipe]
