"""Why a cell that a plan made before is a new one now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["why_new"]

#: Digits of a digest that people are shown.
_SHOWN = 8


def why_new(before: str, after: str, lookup: Callable[[str], str | None]) -> str:
    """Say in a line what differs between two contents of one place in a plan.

    Parameters
    ----------
    before, after
        JSON texts of the two.
    lookup
        Finds the JSON text of a configuration within them.

    Returns
    -------
    str
        Such as ``"traces changed: V100 0a1b2c3d → 4e5f6071"``.
    """
    said = list(dict.fromkeys(_differences(json.loads(before), json.loads(after), "", lookup)))
    return "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else "") if said else "new"


def _differences(a: Any, b: Any, where: str, lookup: Callable[[str], str | None]) -> Iterator[str]:
    if a == b:
        return
    if isinstance(a, dict) and isinstance(b, dict):
        yield from _of_mappings(a, b, where, lookup)
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for at, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _differences(x, y, f"{where}[{at}]", lookup)
    else:
        yield f"{where.removeprefix('.')} changed: {_short(a)} → {_short(b)}"


def _of_mappings(
    a: dict[str, Any], b: dict[str, Any], where: str, lookup: Callable[[str], str | None]
) -> Iterator[str]:
    if set(a) == set(b) == {"config"}:
        first, second = lookup(a["config"]), lookup(b["config"])
        if first and second:
            yield from _differences(json.loads(first), json.loads(second), where, lookup)
        else:
            yield f"{where.removeprefix('.')} changed"
    elif "sha256" in a and "sha256" in b:
        if a["sha256"] != b["sha256"]:
            yield _content_changed(a, b, where)
    elif "fields" in a and "fields" in b:  # what is meta does not count
        if a.get("version") != b.get("version"):
            yield f"{a.get('class')} changed: version {a.get('version')} → {b.get('version')}"
        yield from _differences(a["fields"], b["fields"], where, lookup)
    else:
        for name in dict.fromkeys((*a, *b)):
            yield from _differences(a.get(name), b.get(name), f"{where}.{name}", lookup)


def _content_changed(a: dict[str, Any], b: dict[str, Any], where: str) -> str:
    """Name the file or the traces whose content changed; ``where`` ends in the kind."""
    kind = where.rpartition(".")[2] or "content"
    shown = next((str(b[name]) for name in ("gpu", "name", "path") if b.get(name)), where.removeprefix("."))
    return f"{kind} changed: {shown} {a['sha256'][:_SHOWN]} → {b['sha256'][:_SHOWN]}"


def _short(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"float"}:
        value = value["float"]
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
