"""Tables of submissions are found as traces are, and put in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import simulator
from simulator.errors import NotInTraceError, TraceError
from simulator.trace.read import read_groups, write_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def directory(
    train: pd.DataFrame, power: pd.DataFrame, groups: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A trace directory with submissions, which lies where fetched traces do."""
    directory = tmp_path / "zeus-nsdi23"
    for name, table in {"train": train, "power_v100": power, "groups": groups}.items():
        write_table(table, directory / f"{name}.csv")
    monkeypatch.setenv("SIMULATOR_DATA_DIR", str(tmp_path))
    return directory


def test_groups_are_ordered_by_start(groups: pd.DataFrame, directory: Path) -> None:
    """Submissions are sorted within their group, ties and groups in the order of the file, however it is named."""
    for source in (groups, directory / "groups.csv", directory, str(directory), "zeus-nsdi23"):
        read = read_groups(source)
        assert read["group"].tolist() == ["b", "b", "b", "a", "a"]
        assert read["start_time"].tolist() == [10.0, 10.0, 20.0, 1.0, 5.0]
        assert read["end_time"].tolist() == [19.0, 21.0, 27.0, 11.0, 13.0]
        assert read.index.tolist() == [0, 1, 2, 3, 4]


def test_nothing_means_the_bundled_ones() -> None:
    """As it does for traces."""
    assert len(read_groups()) == len(read_groups(None)) == 360


def test_what_is_wrong_is_said(directory: Path) -> None:
    """A table that is none, a place that is none, and a directory without submissions."""
    with pytest.raises(TraceError, match=r"^the groups table: "):
        read_groups(pd.DataFrame({"group": ["a"]}))
    with pytest.raises(TraceError, match="no directory nowhere"):
        read_groups("nowhere")
    (directory / "groups.csv").unlink()
    with pytest.raises(NotInTraceError, match="holds no table of submissions"):
        read_groups(directory)


def test_groups_say_whether_they_were_made_up(tmp_path):
    """The directory's own word travels with the table, into every replay of recorded traces with synthetic groups."""
    bundled = simulator.read_groups()
    assert bundled.attrs["synthetic"] is True
    assert simulator.read_groups(bundled).attrs["synthetic"] is True
    bundled.to_csv(tmp_path / "groups.csv", index=False)
    assert simulator.read_groups(tmp_path / "groups.csv").attrs["synthetic"] is False
    traces = simulator.read_traces(gpu="v100")
    result = simulator.replay(traces.jobs[0], traces, policy="default", seeds=0, groups=bundled)
    manifest = result.attrs["manifest"]["groups"]
    assert manifest["synthetic"] is True
    assert manifest["names"] == list(dict.fromkeys(result["group"]))
