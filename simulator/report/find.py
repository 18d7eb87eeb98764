"""Finds what commands left in folders, by what their documents say they are."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KINDS", "Document", "Found", "Problem", "find"]

#: Kinds of documents that a report can show.
KINDS = ("replay", "comparison", "front", "sensitivity", "transfer", "price")

_FORMAT = re.compile(r"trace-simulator [\w-]+ \d+")

#: How every document of ours begins; what does not is somebody else's, and left alone.
_OURS = re.compile(rb'\s*\{\s*"format":\s*"trace-simulator ')
_BEGINNING = 256

#: Files that are ours by their name: one that cannot be read is torn, and not somebody else's.
_NAMES = {"manifest.json", *(f"{kind}.json" for kind in KINDS)}


@dataclass(frozen=True)
class Document:
    """A document that says what a folder holds.

    Parameters
    ----------
    kind
        What it is about, of `KINDS`.
    folder
        Where it and its tables lie.
    label
        How people are told of the folder: its name, below that of the folder that was named.
    content
        What it says.
    """

    kind: str
    folder: Path
    label: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Something that is there and cannot be shown.

    Parameters
    ----------
    label
        Name of the file or folder.
    reason
        Why, and what to do.
    """

    label: str
    reason: str


@dataclass(frozen=True)
class Found:
    """What folders hold.

    Parameters
    ----------
    documents
        In the order of the folders and of their names.
    sweeps
        Folders of sweeps, by label.
    problems
        What is there and cannot be shown.
    """

    documents: list[Document] = field(default_factory=list)
    sweeps: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def of(self, kind: str) -> list[Document]:
        """List the documents of a kind."""
        return [document for document in self.documents if document.kind == kind]


def find(folders: str | PathLike[str] | Sequence[str | PathLike[str]]) -> Found:
    """Find what commands left in folders, and in the folders within these.

    Parameters
    ----------
    folders
        One or several folders. A file stands for the folder that it lies in.

    Returns
    -------
    Found
        Documents, sweeps, and what could not be read.

    Raises
    ------
    ReplayError
        If a folder does not exist, or none of them holds anything that a report could show.
    """
    named = [Path(folders)] if isinstance(folders, (str, PathLike)) else [Path(each) for each in folders]
    found = Found()
    seen: set[Path] = set()
    for root in named:
        if not root.exists():
            raise ReplayError(f"there is no folder {root}; name one that `simulator replay --out` wrote")
        start = root if root.is_dir() else root.parent
        for folder in [start, *_within(start)]:
            if (real := folder.resolve()) not in seen:
                seen.add(real)
                try:
                    _look_into(folder, _label(start, folder), found)
                except OSError as error:
                    found.problems.append(Problem(_label(start, folder), _unreadable(error)))
    if not found.documents and not found.sweeps:
        raise ReplayError(_nothing(named, found.problems))
    return found


def _within(start: Path) -> list[Path]:
    """List the folders within one, but hidden ones."""
    try:
        return sorted(each for each in start.iterdir() if each.is_dir() and each.name[:1] != ".")
    except OSError:  # told when the folder itself is looked into
        return []


def _label(root: Path, folder: Path) -> str:
    """Name a folder below the one that the user named, which is the same wherever that one lies."""
    return (Path(root.resolve().name) / folder.relative_to(root)).as_posix()


def _look_into(folder: Path, label: str, found: Found) -> None:
    if (folder / "grids").is_dir():
        found.sweeps[label] = folder
    for file in sorted(each for each in folder.iterdir() if each.suffix == ".json" and each.is_file()):
        try:
            content = _read(file)
        except (OSError, ValueError) as error:
            found.problems.append(Problem(f"{label}/{file.name}", _unreadable(error)))
            continue
        if content is not None:
            _judge(content, Document(_kind(content), folder, label, content), f"{label}/{file.name}", found)


def _read(file: Path) -> dict[str, Any] | None:
    """Read a document; None if it is somebody else's."""
    with file.open("rb") as stream:
        beginning = stream.read(_BEGINNING)
    ours = _OURS.match(beginning) is not None
    if not ours and file.name not in _NAMES:
        return None
    content = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        return None
    return content if _FORMAT.fullmatch(str(content.get("format"))) else None


def _kind(content: dict[str, Any]) -> str:
    return content["format"].split()[1]  # type: ignore[no-any-return]  # _read made sure that it is text


def _judge(content: dict[str, Any], document: Document, name: str, found: Found) -> None:
    """Keep a document of a kind and a version that can be shown; of the kinds, others are left alone."""
    if document.kind not in KINDS:
        return
    if content["format"].endswith(" 1"):
        found.documents.append(document)
        return
    what = f"is of format {content['format']!r}, and this version reads version 1"
    found.problems.append(Problem(name, f"{what}; make the report with a newer one"))


def _unreadable(error: Exception) -> str:
    why = getattr(error, "strerror", None) or str(error)
    return f"cannot be read ({why}); run the command that wrote it again"


def _nothing(named: Sequence[Path], problems: Sequence[Problem]) -> str:
    folders = ", ".join(map(str, named)) or "no folder at all"
    torn = "".join(f"; {problem.label} {problem.reason}" for problem in problems)
    return (
        f"{folders}: nothing here that a report could show{torn}; name a folder that `simulator study`, "
        "`simulator replay` or `simulator compare` wrote with --out"
    )
