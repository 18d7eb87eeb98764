"""Where journals and locks lie, and how a file gets there whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from simulator.state_dir import state_dir as find_state_dir

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_journals", "limits_dir", "remove_file", "write_whole"]


def limits_dir(state_dir: str | os.PathLike[str] | None = None) -> Path:
    """Find the folder of journals and locks; it need not exist.

    Parameters
    ----------
    state_dir
        The folder above it; None means ``SIMULATOR_STATE_DIR``, or else this user's folder for such things.
    """
    return find_state_dir(state_dir) / "limits"


def find_journals(folder: Path) -> list[Path]:
    """List the journals in a folder, oldest first; none if there is no folder."""
    return sorted(folder.glob("*.json"), key=lambda path: (path.name.rpartition("-")[2], path.name))


def write_whole(path: Path, text: str, temporary: Path) -> None:
    """Write a file that is there after a power cut, or was never there.

    Parameters
    ----------
    path
        The file.
    text
        All of it.
    temporary
        Where it is written first, beside it. Only who is killed right then leaves it there, for the next one to use.

    Raises
    ------
    OSError
        If it cannot be written; what was there before then still is.
    """
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def remove_file(path: Path) -> None:
    """Remove a file, if it is there, so that a power cut does not bring it back."""
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
