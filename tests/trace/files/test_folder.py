"""Folders appear whole under their name, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator.errors import TraceError
from simulator.trace.files.folder import whole_folder

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, **files: str) -> None:
    with whole_folder(path) as folder:
        for name, text in files.items():
            (folder / name).write_text(text)


def fail(path: Path, raised: BaseException) -> None:
    with whole_folder(path) as folder:
        (folder / "x").write_text("2")
        raise raised


def test_nothing_is_left_of_a_failed_attempt(tmp_path: Path) -> None:
    """Whatever the block raises, what was there before is there after."""
    write(tmp_path / "a", x="1")
    for raised in (ValueError("no"), KeyboardInterrupt(), OSError(28, "No space left on device")):
        expected = TraceError if isinstance(raised, OSError) else type(raised)
        with pytest.raises(expected):
            fail(tmp_path / "a", raised)
        assert [file.name for file in tmp_path.iterdir()] == ["a"]
        assert (tmp_path / "a" / "x").read_text() == "1"


def test_only_files_that_come_again_are_replaced(tmp_path: Path) -> None:
    """A file that the new folder lacks keeps the old one in place; an empty folder is taken."""
    (tmp_path / "a").mkdir()
    write(tmp_path / "a", x="1", y="1")
    write(tmp_path / "a", x="2", y="2", z="2")
    with pytest.raises(TraceError, match=r"holds other files already \(y, z\)"):
        write(tmp_path / "a", x="3")
    assert {file.name: file.read_text() for file in (tmp_path / "a").iterdir()} == {"x": "2", "y": "2", "z": "2"}


def test_the_old_folder_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the new one cannot take its name at the last moment."""
    write(tmp_path / "a", x="1")
    rename = type(tmp_path).rename

    def refusing(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", refusing)
    with pytest.raises(TraceError, match="a cannot be written: Permission denied"):
        write(tmp_path / "a", x="2")
    assert (tmp_path / "a" / "x").read_text() == "1"


def test_links_and_files_are_left_alone(tmp_path: Path) -> None:
    """A link is no folder, wherever it leads."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    (tmp_path / "file").write_text("mine")
    for name in ("link", "file"):
        with pytest.raises(TraceError, match="is no folder"):
            write(tmp_path / name, x="1")
    with pytest.raises(TraceError, match="cannot be written"):
        write(tmp_path / "file" / "inside", x="1")
    assert (tmp_path / "file").read_text() == "mine"
    assert (tmp_path / "link").is_symlink()
