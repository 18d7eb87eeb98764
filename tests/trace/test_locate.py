"""From what a user says to a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator.errors import NotInTraceError, TraceError
from simulator.trace import locate as module
from simulator.trace.layout import train_file
from simulator.trace.locate import bundled_directory, locate
from simulator.trace.published import data_directory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def traces_in(directory: Path) -> Path:
    directory.mkdir(parents=True)
    (directory / "train.csv").touch()
    (directory / "power_v100.csv").touch()
    return directory


def test_a_path_is_itself(tmp_path: Path) -> None:
    """A directory is taken as it is, as text or as a path."""
    directory = traces_in(tmp_path / "mine")
    assert locate(directory) == locate(str(directory)) == directory


def test_a_name_means_fetched_traces(tmp_path: Path) -> None:
    """A published name means the fetched traces, even beside a directory of that name; a path means the directory."""
    here = traces_in(tmp_path / "zeus-nsdi23")
    assert locate("zeus-nsdi23").resolve() == here
    fetched = traces_in(data_directory() / "zeus-nsdi23")
    assert locate("zeus-nsdi23") == fetched
    assert locate("./zeus-nsdi23").resolve() == here


def test_a_name_that_was_not_fetched() -> None:
    """A known name without its traces says the command that gets them, also when a fetch was cut short."""
    with pytest.raises(NotInTraceError, match="simulator trace get zeus-nsdi23"):
        locate("zeus-nsdi23")
    (data_directory() / "zeus-nsdi23").mkdir(parents=True)
    with pytest.raises(NotInTraceError, match="simulator trace get zeus-nsdi23"):
        locate("zeus-nsdi23")


def test_what_does_not_exist(tmp_path: Path) -> None:
    """A misspelt name is recognised; a file is told apart from a directory."""
    with pytest.raises(TraceError, match="did you mean 'zeus-nsdi23'"):
        locate("zeus_nsdi23")
    (tmp_path / "train.csv").touch()
    with pytest.raises(TraceError, match="is a file; name the directory"):
        locate("train.csv")


def test_nothing_means_the_bundled_traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package has them beside its modules, a checkout at its top; the package's own come first."""
    module_file = tmp_path / "simulator" / "trace" / "locate.py"
    module_file.parent.mkdir(parents=True)
    monkeypatch.setattr(module, "__file__", str(module_file))
    with pytest.raises(TraceError, match="no bundled traces"):
        bundled_directory()
    checkout = traces_in(tmp_path / "traces")
    assert locate() == checkout
    installed = traces_in(module_file.parent / "bundled")
    assert locate(None) == installed


def test_the_data_directory_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment variable moves it; otherwise it carries the distribution's name."""
    assert data_directory() == tmp_path / "data"
    monkeypatch.delenv("SIMULATOR_DATA_DIR")
    assert data_directory().name == "trace-simulator"


def test_what_cannot_be_looked_at_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name too long, a link to nothing and a directory of somebody else are no trace directories, and say why."""
    with pytest.raises(TraceError, match="cannot be looked at: File name too long"):
        locate("x" * 300)
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(TraceError, match=r"link is a link to .*gone, which does not exist"):
        locate(tmp_path / "link")

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    directory = traces_in(tmp_path / "theirs")
    monkeypatch.setattr("pathlib.Path.iterdir", denied)  # root may look at anything
    with pytest.raises(TraceError, match=r"theirs cannot be listed: Permission denied"):
        train_file(directory)


def test_drift_means_the_bundled_traces_that_drift(tmp_path: Path) -> None:
    """The name is a name, also beside a directory that is called like it; a path means the directory."""
    here = traces_in(tmp_path / "drift")
    assert locate("drift") == bundled_directory() / "drift"
    assert locate("./drift").resolve() == here
    with pytest.raises(TraceError, match="did you mean 'drift'"):
        locate("drfit")
