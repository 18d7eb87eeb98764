"""What a trace directory looks like: which file is which table.

Ours: ``train.*``, ``power_<gpu>.*`` and, where there are submissions, ``groups.*``; where runs reported them,
``metrics.*``. The published layout:
``summary_train.csv``, ``summary_power_<gpu>.csv`` and ``alibaba_groups.csv.xz``. Any format that `read_table`
knows will do in both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.files import SUFFIXES
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["groups_file", "is_trace_directory", "metrics_file", "power_files", "train_file"]

# What is called key is the GPU's name, and empty for tables that are not about one.
_ENDING = "(?:" + "|".join(map(re.escape, SUFFIXES)) + ")"
_TRAIN = re.compile(f"(?:summary_)?train(?P<key>){_ENDING}", re.IGNORECASE)
_POWER = re.compile(f"(?:summary_)?power_(?P<key>.+?){_ENDING}", re.IGNORECASE)
_GROUPS = re.compile(f"(?:alibaba_)?groups(?P<key>){_ENDING}", re.IGNORECASE)
_METRICS = re.compile(f"metrics(?P<key>){_ENDING}", re.IGNORECASE)


def is_trace_directory(directory: Path) -> bool:
    """Whether a directory holds a train trace, and the power trace of at least one GPU."""
    return bool(_found(directory, _TRAIN) and _found(directory, _POWER))


def train_file(directory: Path) -> Path:
    """Find the train trace.

    Raises
    ------
    TraceError
        If there is none, or several.
    """
    found = _found(directory, _TRAIN)
    if not found:
        raise TraceError(_nothing(directory, "train trace (train.csv, train.parquet, summary_train.csv, ...)"))
    return found[""]


def power_files(directory: Path) -> dict[str, Path]:
    """Find the power traces, by the name of their GPU, sorted.

    Raises
    ------
    NotInTraceError
        If there is none.
    TraceError
        If there are several of one GPU.
    """
    found = _found(directory, _POWER)
    if not found:
        raise NotInTraceError(_nothing(directory, "power trace (power_<gpu>.csv, summary_power_<gpu>.csv, ...)"))
    return found


def groups_file(directory: Path) -> Path:
    """Find the table of overlapping submissions.

    Raises
    ------
    NotInTraceError
        If there is none.
    TraceError
        If there are several.
    """
    found = _found(directory, _GROUPS)
    if not found:
        raise NotInTraceError(_nothing(directory, "table of submissions (groups.csv, alibaba_groups.csv.xz, ...)"))
    return found[""]


def metrics_file(directory: Path) -> Path:
    """Find the table of metrics that runs reported epoch by epoch.

    Raises
    ------
    NotInTraceError
        If there is none.
    TraceError
        If there are several.
    """
    found = _found(directory, _METRICS)
    if not found:
        raise NotInTraceError(_nothing(directory, "metrics of single epochs (metrics.csv, metrics.parquet, ...)"))
    return found[""]


def _found(directory: Path, pattern: re.Pattern[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for file in _files(directory):
        if match := pattern.fullmatch(file.name):
            key = match["key"].lower()
            if key in found:
                raise TraceError(f"{directory} has both {found[key].name} and {file.name}; keep one of them")
            found[key] = file
    return dict(sorted(found.items()))


def _files(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError as cause:
        raise TraceError(f"{directory} cannot be listed: {cause.strerror or cause}") from cause


def _nothing(directory: Path, what: str) -> str:
    names = [file.name for file in _files(directory)]
    return f"{directory} holds no {what}; it holds {listed(names, shown=8) or 'nothing'}"
