"""How it was made: versions, seeds, hashes of traces, commands. Enough to make it again."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from simulator.report.model import Cell, Column, Row, Section, Table
from simulator.report.words import NONE, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.report.evidence import Evidence
    from simulator.report.find import Document

__all__ = ["made"]

_COLUMNS = (Column("Folder"), Column("What"), Column("Value", prose=True))

#: What is said elsewhere, or at length and of no use to people.
_UNSAID = {"seeds", "policy", "power_policy"}


def made(evidence: Evidence) -> Section | None:
    """Make the section; None if nothing says how it was made."""
    rows = tuple(row for document in evidence.documents for row in _rows(document))
    if not rows:
        return None
    lead = "What every folder says about itself. The same commands with the same traces give the same numbers."
    table = Table("manifest-facts", "Manifests", _COLUMNS, rows, folded=True)
    return Section("manifest", "How it was made", lead, tables=(table,))


def _rows(document: Document) -> Iterator[Row]:
    for what, value in _facts(document):
        yield Row((Cell(document.label), Cell(what), Cell(value)))


def _facts(document: Document) -> Iterator[tuple[str, str]]:
    content = document.content
    common = content["manifest"] if document.kind == "comparison" else content.get("common", {})
    every = content["manifest"]["replays"] if document.kind == "comparison" else [common, *content.get("replays", [])]
    if command := common.get("command"):
        yield "command", _command(command)
    if versions := common.get("versions"):
        yield "versions", ", ".join(f"{name} {version}" for name, version in versions.items())
    for traces in {str(each["traces"]): each["traces"] for each in every if each.get("traces")}.values():
        yield f"traces, {traces.get('gpu', NONE)}", f"{traces.get('name', NONE)}, {_hash(traces)}"
    for groups in {str(each["groups"]): each["groups"] for each in every if each.get("groups")}.values():
        yield "submissions", f"{', '.join(groups.get('names', []))}, {_hash(groups)}"
    knobs = {**common.get("knobs", {}), **common.get("settings", {}), **content.get("options", {})}
    if seeds := knobs.get("seeds"):
        yield "seeds", _seeds(seeds)
    for name, value in knobs.items():
        if name not in _UNSAID and value not in (None, [], ""):
            yield name, _plain(value)
    if failures := content.get("failures"):
        yield "broke off", counted(len(failures), "replay")


def _command(words: list[str]) -> str:
    """Write a command as it is typed: its program by name, wherever that lay."""
    return shlex.join([PurePath(words[0]).name, *words[1:]])


def _hash(about: dict[str, Any]) -> str:
    return f"content hash {about.get('content_hash', NONE)}"


def _seeds(seeds: list[Any]) -> str:
    """Write seeds as options take them, where they are in a row.

    Examples
    --------
    >>> _seeds([0, 1, 2]), _seeds([3, 5])
    ('0:3', '3,5')
    """
    whole = all(isinstance(seed, int) for seed in seeds)
    if whole and len(seeds) > 1 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]}:{seeds[-1] + 1}"
    return ",".join(map(str, seeds))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(each)}" for key, each in value.items() if each is not None)
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
