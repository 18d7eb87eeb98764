"""Outcomes of cells as text in the metadata of a shard, and back."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from simulator.explore.chunk import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["ABOUT", "FORMAT", "from_text", "to_text"]

#: Key of the metadata that say what became of the cells.
ABOUT = b"simulator"
#: Version of what is said there.
FORMAT = 1

_COLUMNS = ("id", "done", "rows", "started_s", "time_s", "cpu_s")
_SPARSE = ("error", "traceback", "output")

#: Tracebacks and output of this many characters together are packed: Parquet's metadata are not, and hold them twice.
LONG = 4096


def to_text(key: str, part: int, outcomes: Sequence[Outcome]) -> bytes:
    """Write down whose shard it is and what became of its cells; columns are shorter than records."""
    said: dict[str, Any] = {"version": FORMAT, "key": key, "part": part}
    held = dict(zip(Outcome._fields, zip(*outcomes, strict=True), strict=True)) if outcomes else {}
    columns: dict[str, Any] = {name: held.get(name, ()) for name in _COLUMNS}
    texts = {name: _texts(held.get(name, ())) for name in _SPARSE}
    if sum(len(text) for found in texts.values() for text in found.values()) > LONG:
        columns["packed"] = _packed(texts)
    else:
        columns |= texts
    return json.dumps({**said, "outcomes": columns}).encode()


def _packed(texts: Any) -> str:
    return base64.b64encode(zlib.compress(json.dumps(texts).encode(), level=1)).decode()


def _unpacked(text: str) -> Any:
    try:
        return json.loads(zlib.decompress(base64.b64decode(text)))
    except zlib.error as cause:
        raise ValueError(str(cause)) from cause


def _texts(said: Iterable[str | None]) -> dict[str, str]:
    """Keep those that are there, by their place."""
    return {str(at): text for at, text in enumerate(said) if text is not None}


def from_text(text: bytes) -> tuple[str, int, list[Outcome]]:
    """Read it again.

    Raises
    ------
    ValueError
        If a newer version wrote it, or it is none of ours (also KeyError, TypeError).

    Examples
    --------
    >>> outcome = Outcome("0a" * 32, True, 1, 0.0, 0.5, 0.5, output="hello")
    >>> from_text(to_text("chunk", 0, [outcome])) == ("chunk", 0, [outcome])
    True
    """
    said = json.loads(text)
    if said["version"] > FORMAT:
        raise ValueError(f"a newer simulator wrote it (format {said['version']}, this one reads {FORMAT})")
    columns = said["outcomes"]
    rows = zip(*(columns[name] for name in _COLUMNS), strict=True)
    outcomes = [Outcome(*row) for row in rows]
    texts = _unpacked(columns["packed"]) if "packed" in columns else columns
    for name in _SPARSE:
        for at, words in texts[name].items():
            outcomes[int(at)] = outcomes[int(at)]._replace(**{name: words})
    return str(said["key"]), int(said["part"]), outcomes
