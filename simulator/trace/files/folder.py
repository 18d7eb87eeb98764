"""Write folders that appear whole under their name, or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import TraceError
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["whole_folder"]


@contextmanager
def whole_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Offer an empty folder, which takes the name ``path`` if the block ends well and vanishes if not.

    A folder of that name is replaced only if it holds nothing but files that the new one has, too: what others put
    there stays.

    Parameters
    ----------
    path
        What the folder will be called. Missing parents are made.

    Yields
    ------
    pathlib.Path
        Where to write.

    Raises
    ------
    TraceError
        If there is something of that name that is not replaced, or nothing can be written there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with whole_folder(Path(place) / "traces") as folder:
    ...         _ = (folder / "train.csv").write_text("whole")
    ...     [str(file.relative_to(place)) for file in Path(place).rglob("*.*")]
    ['traces/train.csv']
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link that is to be replaced
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as place:
            folder = Path(place) / "new"
            folder.mkdir()
            yield folder
            _check_replaceable(path, {file.name for file in folder.iterdir()})
            _replace(path, folder, Path(place) / "old")
    except OSError as cause:
        raise TraceError(f"{path} cannot be written: {cause.strerror or cause}; choose another place") from cause


def _check_replaceable(path: Path, names: set[str]) -> None:
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise TraceError(f"{path} is there, and is no folder; choose another name")
    if path.is_dir() and (others := sorted(file.name for file in path.iterdir() if file.name not in names)):
        raise TraceError(f"{path} holds other files already ({listed(others)}); choose another folder, or empty it")


def _replace(path: Path, new: Path, old: Path) -> None:
    if path.exists():
        path.rename(old)
    try:
        new.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
