"""Which file of a directory is which table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.layout import groups_file, is_trace_directory, metrics_file, power_files, train_file

if TYPE_CHECKING:
    from pathlib import Path


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).touch()
    return folder


def test_our_layout(tmp_path: Path) -> None:
    """Tables are found in any format; the GPU's name is in the file's, sorted, in lower case."""
    touch(tmp_path, "train.parquet", "power_v100.csv.xz", "power_A40.csv", "groups.csv", "metrics.csv", "README.md")
    assert train_file(tmp_path).name == "train.parquet"
    assert {gpu: file.name for gpu, file in power_files(tmp_path).items()} == {
        "a40": "power_A40.csv",
        "v100": "power_v100.csv.xz",
    }
    assert list(power_files(tmp_path)) == ["a40", "v100"]
    assert groups_file(tmp_path).name == "groups.csv"
    assert metrics_file(tmp_path).name == "metrics.csv"
    assert is_trace_directory(tmp_path)


def test_the_published_layout(tmp_path: Path) -> None:
    """The published names mean the same tables."""
    touch(tmp_path, "summary_train.csv", "summary_power_rtx6000.csv", "alibaba_groups.csv.xz")
    assert train_file(tmp_path).name == "summary_train.csv"
    assert list(power_files(tmp_path)) == ["rtx6000"]
    assert groups_file(tmp_path).name == "alibaba_groups.csv.xz"


def test_a_directory_without_traces(tmp_path: Path) -> None:
    """What is missing is said with an example of its name, and with what is there instead."""
    touch(tmp_path, "notes.txt", "my_train.csv")
    assert not is_trace_directory(tmp_path)
    for find, example in ((train_file, "train.csv"), (power_files, "power_<gpu>.csv")):
        with pytest.raises(TraceError) as raised:
            find(tmp_path)
        assert example in str(raised.value)
        assert "it holds my_train.csv, notes.txt" in str(raised.value)
    with pytest.raises(NotInTraceError, match="alibaba_groups"):
        groups_file(tmp_path)


def test_two_files_for_one_table(tmp_path: Path) -> None:
    """Of two files for one table, neither is chosen in silence."""
    touch(tmp_path, "train.csv", "summary_train.csv", "power_v100.csv", "power_v100.parquet")
    with pytest.raises(TraceError, match=r"both summary_train\.csv and train\.csv"):
        train_file(tmp_path)
    with pytest.raises(TraceError, match=r"both power_v100\.csv and power_v100\.parquet"):
        power_files(tmp_path)
