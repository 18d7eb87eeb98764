"""Two kinds of MLPerf Training logs: what one run did, and what one node, or switch, drew meanwhile.

Sources: mlcommons/logging, mlperf_logging (mllog and result_summarizer); mlcommons/training_policies,
power_measurement.adoc.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.errors import TraceError
from simulator.trace.importers.mllog_lines import EVALUATED, MARKER, parse_mllog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from simulator.trace.importers.mllog_lines import MllogLine

__all__ = ["Evaluation", "PowerLog", "RunLog", "read_log", "read_power_log", "read_run_log"]

#: Words of metadata that say how far a run is, most exact first.
_PROGRESS = ("samples_count", "epoch_num", "step", "first_epoch_num")


@dataclass(frozen=True)
class Evaluation:
    """One evaluation: its number and the number of epochs started before it, both from 1, and what came out."""

    number: int
    epoch: int
    metric: str
    value: float


@dataclass(frozen=True)
class RunLog:
    """What one run says of itself.

    Parameters
    ----------
    settings
        Values by key, as they were first logged: ``submission_benchmark``, ``global_batch_size``, ...
    time_s
        From ``run_start`` to ``run_stop`` [s].
    success
        Whether it says that it reached its target.
    epochs
        How many epochs were started; 0 if it logs none.
    evaluations
        What was evaluated, in order.
    """

    settings: dict[str, Any]
    time_s: float
    success: bool
    epochs: int
    evaluations: tuple[Evaluation, ...]


@dataclass(frozen=True)
class PowerLog:
    """What one node, or one switch, drew on average and at most [W], its conversion efficiency counted in."""

    average_w: float
    highest_w: float


def read_log(file: Path) -> list[MllogLine]:
    """Read the lines of one log, in the order of the file; others are left out.

    Raises
    ------
    TraceError
        If the file cannot be read, a line is torn, or there is none; the message names file and line.
    """
    lines = []
    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            for number, line in enumerate(text, 1):
                try:
                    lines += parse_mllog(line)
                except TraceError as torn:
                    raise TraceError(f"{file}, line {number}: {torn}") from torn
    except OSError as cause:
        raise TraceError(f"{file} cannot be read: {cause.strerror or cause}") from cause
    if not lines:
        raise TraceError(f"{file} holds no line with {MARKER}; it is no log of MLPerf")
    return lines


def read_run_log(lines: list[MllogLine], file: Path) -> RunLog:
    """Gather what one run says.

    Parameters
    ----------
    lines
        Its log.
    file
        Where it stands, for messages.

    Raises
    ------
    TraceError
        If the run did not start, or not end, or something is no number.
    """
    settings: dict[str, Any] = {}
    for line in lines:
        settings.setdefault(line.key, line.value)
    starts = [line.time_ms for line in lines if line.key == "run_start"]
    stops = [line for line in lines if line.key == "run_stop"]
    if not starts or not stops:
        raise TraceError(f"{file}: no {'run_start' if not starts else 'run_stop'}; the log is of a part of a run only")
    time_s = (stops[-1].time_ms - starts[0]) / 1000
    if time_s <= 0:
        raise TraceError(f"{file}: run_stop is not after run_start")
    evaluations = tuple(_evaluations(lines, file))
    epochs = len(dict.fromkeys(_progress(line) for line in lines if line.key == "epoch_start"))
    return RunLog(settings, time_s, stops[-1].metadata.get("status") == "success", epochs, evaluations)


def _evaluations(lines: list[MllogLine], file: Path) -> Iterator[Evaluation]:
    started: set[object] = set()
    last: tuple[object, ...] = ()
    number = 0
    logged = {line.key for line in lines}
    metric = next((name for name in EVALUATED if name in logged), None)
    for line in lines:
        if line.key == "epoch_start":
            started.add(_progress(line))
        elif line.key == metric:
            value = _number(line, file)
            this = (line.key, _progress(line), repr(value))
            if this != last:  # else another rank says the same
                number += 1
                yield Evaluation(number, len(started), line.key, value)
            last = this


def _progress(line: MllogLine) -> object:
    """How far the run was; the time, if a line does not say."""
    return next((repr(line.metadata[name]) for name in _PROGRESS if name in line.metadata), line.time_ms)


def read_power_log(lines: list[MllogLine], file: Path) -> PowerLog | None:
    """Average the power of one node by MLPerf's rule: Σ P·Δt over the time measured, each reading since the one before.

    A switch has no readings, but an estimate.

    Parameters
    ----------
    lines
        Its log.
    file
        Where it stands, for messages.

    Returns
    -------
    PowerLog or None
        None if it holds neither readings nor an estimate.

    Raises
    ------
    TraceError
        If readings have no start, cover no time, or are no numbers.
    """
    ordered = sorted(lines, key=lambda line: line.time_ms)
    efficiency = next((_number(line, file) for line in ordered if line.key == "conversion_eff"), 1.0)
    for line in ordered:
        if line.key == "interconnect_power_est":
            estimate_w = efficiency * _number(line, file)
            return PowerLog(estimate_w, estimate_w)
    if not any(line.key == "power_reading" for line in ordered):
        return None
    energy_mj, highest_w, span_ms = _measured(ordered, file)
    return PowerLog(efficiency * energy_mj / span_ms, efficiency * highest_w)


def _measured(ordered: list[MllogLine], file: Path) -> tuple[float, float, float]:
    """Energy [mJ], highest reading [W] and time [ms] from the measurement's start to its stop, or the last reading."""
    start_ms = before_ms = stop_ms = None
    energy_mj, highest_w = 0.0, 0.0
    for line in ordered:
        if line.key == "power_measurement_start":
            start_ms = before_ms = line.time_ms
        elif line.key == "power_measurement_stop":
            stop_ms = line.time_ms
            break
        elif line.key == "power_reading" and before_ms is not None:
            power_w = _number(line, file)
            energy_mj += power_w * (line.time_ms - before_ms)
            highest_w, before_ms = max(highest_w, power_w), line.time_ms
    if start_ms is None or before_ms is None:
        raise TraceError(f"{file}: power readings, but no power_measurement_start, so that the first has no duration")
    span_ms = (before_ms if stop_ms is None else stop_ms) - start_ms
    if span_ms <= 0 or energy_mj <= 0:
        raise TraceError(f"{file}: its power readings cover no time, or are all 0")
    return energy_mj, highest_w, span_ms


def _number(line: MllogLine, file: Path) -> float:
    value = line.value
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    if not usable or (line.key not in EVALUATED and not (math.isfinite(value) and value >= 0)):
        raise TraceError(f"{file}: {line.key} at {line.time_ms:.0f} ms is {value!r} where a number is expected")
    return float(value)
