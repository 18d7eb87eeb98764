"""Folders that are written to: whether they can be, and how much room there is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simulator.doctor.finding import Finding, ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Space", "folders", "free_space", "nearest_existing", "size_of"]

#: Less room than this is too little for a sweep or a collection [B].
LITTLE_B = 200 * 2**20

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class Space(NamedTuple):
    """What a folder has room for.

    Parameters
    ----------
    free_b
        Free space [B].
    refusal
        Why it cannot be written to; empty if it can.
    """

    free_b: int
    refusal: str


def folders() -> list[Finding]:
    """Look at the folders that results, traces, live jobs and compiled code go to."""
    from simulator.replay.compiled.objects import CACHE_VARIABLE, cache_folder
    from simulator.state_dir import STATE_DIR, state_dir
    from simulator.trace.published import data_directory

    places = {
        "this folder": (Path.cwd(), "results of commands are written here", "go to another folder, or say --out"),
        "traces": (data_directory(), "fetched traces are kept here", "set SIMULATOR_DATA_DIR to another folder"),
        "state": (state_dir(), "live jobs and power limits are kept here", f"set {STATE_DIR} to another folder"),
        "cache": (cache_folder(), "compiled code is kept here", f"set {CACHE_VARIABLE} to another folder"),
    }
    return [_look(name, *place) for name, place in places.items()]


def _look(name: str, folder: Path, means: str, todo: str) -> Finding:
    where = nearest_existing(folder)
    space = free_space(where)
    if space.refusal:
        return problem(name, f"{folder}: {space.refusal}", f"{means}, and cannot be", todo)
    said = f"{folder}: {in_units(space.free_b)} free"
    if space.free_b < LITTLE_B:
        return problem(name, said, f"{means}, and there is hardly room", f"make room, or {todo}")
    return ok(name, said, means)


def nearest_existing(folder: Path) -> Path:
    """Find the folder, or the nearest one above it that is there already."""
    for each in (folder, *folder.parents):
        if os.path.lexists(each):
            return each
    return folder


def free_space(folder: Path) -> Space:
    """Say how much room a folder has, and whether it can be written to; nothing is written.

    Parameters
    ----------
    folder
        A folder that exists, or something else in its place.
    """
    try:
        if not folder.is_dir():
            return Space(0, "is not a folder")
        free_b = shutil.disk_usage(folder).free
        read_only = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError as error:
        return Space(0, error.strerror or str(error))
    if read_only or not os.access(folder, os.W_OK | os.X_OK):
        return Space(free_b, "cannot be written to")
    return Space(free_b, "")


def size_of(files: Iterable[Path]) -> str:
    """Say how large files are together.

    Examples
    --------
    >>> size_of([])
    '0 B'
    """
    return in_units(sum(file.stat().st_size for file in files))


def in_units(size_b: float) -> str:
    """Write a size in a unit of its own.

    Examples
    --------
    >>> in_units(1536), in_units(10)
    ('1.5 KiB', '10 B')
    """
    for unit in _UNITS[:-1]:
        if size_b < 1024:
            return f"{size_b:.0f} {unit}" if unit == "B" else f"{size_b:.1f} {unit}"
        size_b /= 1024
    return f"{size_b:.1f} {_UNITS[-1]}"
