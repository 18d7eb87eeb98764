"""The file of a run: one JSON that says what was measured, on what, and what is missing."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

__all__ = ["FORMAT", "STATES", "VERSION", "DocumentError", "noise_of", "read_document", "write_document"]

FORMAT, VERSION = "trace-simulator benchmarks", 1
STATES = ("measured", "skipped", "failed")

#: What a document and a measured scenario must have, and of which kind.
_TOP = {
    "format": str,
    "version": int,
    "complete": bool,
    "quick": bool,
    "started": str,
    "seconds": (int, float),
    "machine": dict,
    "packages": dict,
    "commit": dict,
    "scenarios": list,
}
_EVERY = {"id": str, "meaning": str, "unit": str, "better": str, "depends_on": str, "part": str, "state": str}
_OF_STATE = {
    "measured": {"value": (int, float), "spread": str, "repeats": list, "against": str, "parameters": dict},
    "skipped": {"reason": str},
    "failed": {"error": str},
}
#: A figure is called noisy if half of what it may be as well is more than this share of it.
NOISY_SHARE = 0.1


class DocumentError(ValueError):
    """A file that is not what a run of the benchmarks wrote."""


def write_document(path, document):
    """Write it whole or not at all: a reader sees the one before, or this one."""
    path = Path(path)
    check(document, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        begun.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)


def read_document(path):
    """Read a file.

    Raises
    ------
    DocumentError
        If it is not there, torn, or something else.
    """
    path = Path(path)
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise DocumentError(
            f"{path}: cannot be read: {error.strerror}; `python -m benchmarks run --out {path}` writes it"
        ) from error
    except ValueError as error:
        raise DocumentError(f"{path}: not JSON, or only a piece of it: {error}") from error
    check(document, path)
    return document


def check(document, path):
    """Refuse what is not a document of ours; says what and where."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DocumentError(f"{path}: not a file of the benchmarks: its format is not {FORMAT!r}")
    if document.get("version") != VERSION:
        raise DocumentError(f"{path}: version {document.get('version')} of the format; this reads {VERSION}")
    _need(document, _TOP, path)
    seen = set()
    for scenario in document["scenarios"]:
        if not isinstance(scenario, dict):
            raise DocumentError(f"{path}: a scenario is a {type(scenario).__name__} instead of a table")
        _need(scenario, _EVERY, f"{path}: {scenario.get('id', 'a scenario without id')}")
        where = f"{path}: {scenario['id']}"
        if scenario["state"] not in STATES:
            raise DocumentError(f"{where}: state {scenario['state']!r}; there are {', '.join(STATES)}")
        _need(scenario, _OF_STATE[scenario["state"]], where)
        if scenario["state"] == "measured" and not math.isfinite(scenario["value"]):
            raise DocumentError(f"{where}: its value is {scenario['value']}")
        if scenario["id"] in seen:
            raise DocumentError(f"{where}: is there twice")
        seen.add(scenario["id"])


def _need(table, kinds, where):
    for name, kind in kinds.items():
        if name not in table:
            raise DocumentError(f"{where}: has no {name}")
        if not isinstance(table[name], kind) or (isinstance(table[name], bool) and kind is not bool):
            raise DocumentError(f"{where}: {name} is {table[name]!r}")


def noise_of(scenario, document):
    """Say why a measured figure is to be taken with care; empty if nothing speaks against it."""
    reasons = []
    low, high, value = scenario.get("low"), scenario.get("high"), scenario["value"]
    if low is None or high is None:
        reasons.append("measured once")
    elif high - low > 2 * NOISY_SHARE * abs(value):
        reasons.append(f"from {low:.3g} to {high:.3g}")
    if scenario["depends_on"] == "machine":
        cores = document["machine"].get("cores_used") or 1
        others = (scenario.get("load") or [0.0])[0]
        if others > cores:
            reasons.append(f"load {others:.1f} on {cores} cores when it began")
        if document["quick"]:
            reasons.append("in a hurry (--quick)")
    return "; ".join(reasons)
