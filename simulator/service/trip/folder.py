"""Files that appear together in a folder, each of them whole."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORMAT", "MANIFEST", "filling"]

#: Tells our manifests from anybody else's.
FORMAT = "trace-simulator live job 1"
MANIFEST = "manifest.json"


@contextmanager
def filling(directory: Path) -> Iterator[Path]:
    """Offer an empty folder, whose files move to ``directory`` once all are written.

    Of the files there, those are replaced that an earlier export left, and nothing else ever is.

    Parameters
    ----------
    directory
        Where to; it is made if it is missing.

    Yields
    ------
    pathlib.Path
        Where to write files, among them one that lists all: `MANIFEST`. It vanishes in any case.

    Raises
    ------
    ServiceError
        If nothing can be written there, or a file that is none of ours has a name that is needed.
    """
    made = [folder for folder in (directory, *directory.parents) if not folder.exists()]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export.", dir=directory) as folder:
            yield Path(folder)
            _move(Path(folder), directory)
    except OSError as error:
        for empty in made:  # an empty folder is no export
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()
        raise ServiceError(
            f"{directory}: {error.strerror or error}; name a folder that can be made, and written to, with room for a "
            "few MB; nothing of an earlier export was lost"
        ) from error


def _move(source: Path, target: Path) -> None:
    new = sorted(source.iterdir(), key=lambda file: file.name == MANIFEST)  # the manifest comes last
    earlier = _left_by_earlier(target / MANIFEST)
    if foreign := [file.name for file in new if (target / file.name).exists() and file.name not in earlier]:
        raise ServiceError(
            f"{target} has {', '.join(foreign)} already, not from an export; name another folder, or remove them"
        )
    for name in earlier - {file.name for file in new}:
        (target / name).unlink(missing_ok=True)
    for file in new:
        file.replace(target / file.name)


def _left_by_earlier(manifest: Path) -> set[str]:
    """Names of the files that an earlier export says it left; none if there is no manifest, or it is not ours."""
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    if (
        not isinstance(document, dict)
        or document.get("format") != FORMAT
        or not isinstance(document.get("files"), list)
    ):
        return set()
    return {name for name in document["files"] if isinstance(name, str) and name and Path(name).name == name}
