"""Single lines of MLPerf's training logs, wherever they stand in a job's output.

A line is ``:::MLLOG`` and one JSON object with namespace, time_ms, event_type, key, value and metadata; launchers put a
rank such as ``0:`` or ``[0]`` before it, and sometimes two processes write into one line. Standard library only.
Source: mlcommons/logging, mlperf_logging/mllog.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.errors import TraceError

__all__ = ["EVALUATED", "MARKER", "MllogLine", "parse_mllog"]

#: What each line of a log has before its JSON object.
MARKER = ":::MLLOG"
#: Keys under which runs report how good the model is; of several that a run has, the first of these decides.
EVALUATED = ("eval_accuracy", "eval_error", "eval_loss")

_decoder = json.JSONDecoder()


@dataclass(frozen=True)
class MllogLine:
    """What one line says.

    Parameters
    ----------
    key
        What it is about: ``run_start``, ``epoch_start``, ``eval_accuracy``, ``power_reading``, ...
    value
        Its value, of any type that JSON knows; None for most starts and stops.
    time_ms
        When it was written, since 1970 [ms].
    event_type
        ``INTERVAL_START``, ``INTERVAL_END`` or ``POINT_IN_TIME``; empty if the line does not say.
    namespace
        Who wrote it; mostly empty.
    metadata
        What else it says: ``epoch_num``, ``samples_count``, ``step``, ``status``, ``file``, ``lineno``, ...
    """

    key: str
    value: Any
    time_ms: float
    event_type: str = ""
    namespace: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


def parse_mllog(line: str, *, torn: Literal["refuse", "skip"] = "refuse") -> list[MllogLine]:
    """Read one line of a job's output.

    Parameters
    ----------
    line
        The line, with or without its newline and a launcher's prefix.
    torn
        What to do about a marker without a whole object after it.

    Returns
    -------
    list of MllogLine
        What it says: nothing, one event, or several where processes wrote into one line.

    Raises
    ------
    TraceError
        If it has the marker, but no whole object after it: the log was cut short, or two processes wrote at once.

    Examples
    --------
    >>> parse_mllog('0: :::MLLOG {"time_ms": 1500, "key": "eval_accuracy", "value": 0.7, "metadata": {"epoch_num": 3}}')
    [MllogLine(key='eval_accuracy', value=0.7, time_ms=1500.0, event_type='', namespace='', metadata={'epoch_num': 3})]
    >>> parse_mllog("epoch 3, accuracy 0.7")
    []
    """
    found = []
    at = line.find(MARKER)
    while at >= 0:
        at += len(MARKER)
        try:
            content, at = _object(line, at)
            found.append(_line(content))
        except TraceError:
            if torn == "refuse":
                raise
        at = line.find(MARKER, at)
    return found


def _object(line: str, at: int) -> tuple[dict[str, Any], int]:
    """Read the object that begins here, or after white space, and where it ends."""
    text = line[at:].strip()
    try:
        content, end = _decoder.raw_decode(line, len(line) - len(line[at:].lstrip()))
    except (ValueError, RecursionError) as cause:
        raise TraceError(f"no whole JSON object after {MARKER}, but {_start(text)}; it may be cut short") from cause
    if not isinstance(content, dict):
        raise TraceError(f"{_start(text)} after {MARKER}, where an object {{...}} is expected")
    return content, end


def _line(content: dict[str, Any]) -> MllogLine:
    key, time_ms, metadata = content.get("key"), content.get("time_ms"), content.get("metadata")
    if not isinstance(key, str):
        raise TraceError(f"'key' is {key!r} where the name of an event is expected")
    if not isinstance(time_ms, int | float) or isinstance(time_ms, bool):
        raise TraceError(f"'time_ms' of {key} is {time_ms!r} where a time in ms is expected")
    return MllogLine(
        key=key,
        value=content.get("value"),
        time_ms=float(time_ms),
        event_type=str(content.get("event_type") or ""),
        namespace=str(content.get("namespace") or ""),
        metadata=metadata if isinstance(metadata, dict) else {},
    )


def _start(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...") if text else "nothing"
