"""One line of what a training script says, as an object."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from simulator.collect.events import KINDS, VERSION
from simulator.errors import EventError

__all__ = ["Event", "parse"]

#: What every line says of itself, next to its version and its kind.
HEAD = ("mono_ns", "wall_ns", "pid", "rank")
#: How a line of this protocol begins; where two lines ran into one another, the second is found by it.
BEGINNING = b'{"v":'


@dataclass(frozen=True)
class Event:
    """Something that a training script said.

    Parameters
    ----------
    kind
        What happened: one of `simulator.collect.events.KINDS`.
    mono_ns
        When, on the machine's monotonic clock [ns]: what energy and time are measured by.
    wall_ns
        When, as the time of day since 1970 [ns].
    pid
        Process that said it; 0 if it was read from a job's output.
    rank
        Rank of the process, 0 if there is one.
    data
        All else that the line says, known to this release or not.

    Examples
    --------
    >>> Event("eval_end", 5, 1_700_000_000_000_000_005, 42, 0, {"epoch": 3, "metrics": {"accuracy": 0.9}}).metrics
    {'accuracy': 0.9}
    """

    kind: str
    mono_ns: int
    wall_ns: int
    pid: int
    rank: int
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, float]:
        """Metrics by name; also those that are not finite, which JSON cannot say."""
        found = self.data.get("metrics")
        odd = self.data.get("not_finite")
        odd = odd if isinstance(odd, dict) else {}
        metrics = {}
        for name, value in found.items() if isinstance(found, dict) else ():
            if _is_number(value):
                metrics[name] = _as_float(value)
            elif value is None:
                metrics[name] = _odd_number(odd.get(name))
        return metrics

    def whole(self, name: str) -> int | None:
        """Look up a count, such as ``epoch`` or ``steps``; None if there is none, or it is no whole number."""
        value = self.data.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def parse(line: bytes, *, where: str = "events") -> Event | None:
    """Read one line.

    Parameters
    ----------
    line
        The line, with or without its end.
    where
        What it was read from, for messages.

    Returns
    -------
    Event or None
        None if it is of a kind that this release does not know.

    Raises
    ------
    EventError
        If it is no event, or of another version of the protocol.
    """
    said = _object(line)
    if said is None:
        raise EventError(f"{where}: {_short(line)} is no event; events are JSON objects, one a line")
    version, kind = said.pop("v", None), said.pop("k", None)
    if version != VERSION:
        raise EventError(
            f"{where}: written in version {version!r} of the event protocol, this release reads version {VERSION}; "
            "use the release that collected it, or copy this release's simulator/collect/events.py to the script"
        )
    head = {name: said.pop(name, None) for name in HEAD}
    missing = [name for name, value in head.items() if not isinstance(value, int) or isinstance(value, bool)]
    if not isinstance(kind, str) or missing:
        lacking = ", ".join(missing) or "k"
        raise EventError(f"{where}: {_short(line)} lacks {lacking}; every event has v, k, {', '.join(HEAD)}")
    return Event(kind, head["mono_ns"], head["wall_ns"], head["pid"], head["rank"], said) if kind in KINDS else None


def is_foreign(line: bytes) -> bool:
    """Whether a line is no event of any version, but what a crash or another program left there."""
    said = _object(line)
    return said is None or "v" not in said


def _object(line: bytes) -> dict[str, Any] | None:
    """Read a JSON object; after the torn beginning of another line, if there is one."""
    for start in {0, max(line.rfind(BEGINNING), 0)}:
        try:
            said = json.loads(line[start:])
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict):
            return said
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # JSON knows no limits
        return math.inf if value > 0 else -math.inf


def _odd_number(text: object) -> float:
    try:
        return float(text) if isinstance(text, str) else math.nan
    except ValueError:
        return math.nan


def _short(line: bytes) -> str:
    text = line.decode(errors="replace").strip()
    return repr(text if len(text) <= 80 else text[:77] + "...")
