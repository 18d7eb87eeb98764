"""From results to the power trace: time and power of an epoch at each batch size and power limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.collect.finalize.drift import drifts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.collect.finalize.drift import Drift
    from simulator.collect.finalize.gather import Gathered
    from simulator.collect.result import RunResult, WindowResult

__all__ = ["POWER_DETAILS", "Measured", "measure_cells"]

#: What is known about a row of the power trace beyond the trace's columns, with the type of each.
POWER_DETAILS = {
    "energy_per_epoch_j": "float64",
    "uncertainty_j": "float64",
    "uncertainty_share": "float64",
    "time_std_s": "float64",
    "power_std_w": "float64",
    "source": "str",
    "flags": "str",
    "runs": "int64",
    "epochs": "float64",
    "num_gpus": "int64",
    "requested_limit_w": "float64",
    "keys": "str",
}

#: Batch size, power limit [W] and data slice (0 if there is one only).
_Cell = tuple[int, "int | None", int]


@dataclass(frozen=True)
class Measured:
    """Cells of the grid: those that have a row, and why the others have none.

    Parameters
    ----------
    table
        Rows of the power trace with their details, sorted.
    missing
        Batch size, power limit [W] and reason of each run without a usable window.
    drifts
        What the first limits came to when they were measured again.
    """

    table: pd.DataFrame
    missing: list[tuple[int, int | None, str]] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)


def measure_cells(gathered: Gathered, *, timed_only: bool) -> Measured:
    """Average the valid windows of each cell.

    The power of a cell is the mean energy of its epochs over their mean time, so that an epoch that is replayed costs
    the mean energy. Where several limits were asked for and the GPU enforced one, that is one cell.

    Parameters
    ----------
    gathered
        Results of a plan.
    timed_only
        Whether times will do, since no GPU was read.

    Returns
    -------
    Measured
        The rows, and what is missing.
    """
    cells: dict[_Cell, list[RunResult]] = {}
    missing = []
    for spec in gathered.specs:
        if spec.kind == "epochs" or spec.drift_check:
            continue
        result = gathered.results.get(spec.key)
        if reason := gathered.why_not(spec) or _unusable(result, timed_only=timed_only):
            missing.append((spec.batch_size, spec.power_limit_w, reason))
        elif result is not None:
            cells.setdefault(_cell(gathered, result), []).append(result)
    drifted = drifts(gathered.specs, gathered.results)
    moved = {drift.batch_size for drift in drifted if drift.large}
    rows = [
        {**gathered.workload, **_row(cell, results, drifted=cell[0] in moved)}
        for cell, results in sorted(cells.items(), key=lambda item: _order(item[0]))
    ]
    own = ["dataset", "network", "batch_size", "optimizer", "power_limit", "time_per_epoch", "average_power"]
    table = pd.DataFrame(rows, columns=[*own, *(["slice"] if _by_slice(gathered) else []), *POWER_DETAILS])
    if not timed_only:
        table = table.astype({"power_limit": "int64"})
    return Measured(table.astype({"batch_size": "int64", **POWER_DETAILS}), missing, drifted)


def limit_of(result: RunResult) -> int | None:
    """Limit that held in a run [W], rounded: what the GPU enforced, or else what it was asked for."""
    held = result.enforced_mw if result.enforced_mw is not None else result.requested_mw
    return result.spec.power_limit_w if held is None else round(held / 1000)


def _unusable(result: RunResult | None, *, timed_only: bool) -> str:
    """Say why a run that was made has no row; empty if it has."""
    window = None if result is None else result.window
    if result is None or window is None:
        return "no epochs were measured one after the other"
    if window.time_s <= 0:
        return "its window has no length"
    if not window.valid:
        return f"its window is not valid: {', '.join(window.flags) or 'no sensor could tell'}"
    if timed_only:
        return ""
    if window.energy_j is None or window.energy_j <= 0:
        return "no sensor told its energy"
    return "" if limit_of(result) else "the power limit that held is not known"


def _by_slice(gathered: Gathered) -> bool:
    return gathered.sliced and gathered.plan.grid.full


def _cell(gathered: Gathered, result: RunResult) -> _Cell:
    return result.spec.batch_size, limit_of(result), result.spec.slice if _by_slice(gathered) else 0


def _order(cell: _Cell) -> tuple[int, int, int]:
    return cell[0], cell[1] or 0, cell[2]


def _row(cell: _Cell, results: list[RunResult], *, drifted: bool) -> dict[str, Any]:
    results = sorted(results, key=lambda result: (result.spec.seed, result.spec.slice, result.spec.key))
    windows = [result.window for result in results if result.window is not None]
    time_s = fmean(window.time_s / window.epochs for window in windows)
    row: dict[str, Any] = {"batch_size": cell[0], "power_limit": cell[1], "slice": cell[2], "time_per_epoch": time_s}
    energies = [window.energy_j / window.epochs for window in windows if window.energy_j is not None]
    if energies:
        uncertainty_j = fmean((window.uncertainty_j or 0.0) / window.epochs for window in windows)
        power_w = windows[0].average_power_w if len(windows) == 1 else fmean(energies) / time_s
        row |= {"average_power": power_w, "energy_per_epoch_j": fmean(energies), "uncertainty_j": uncertainty_j}
        row |= {"uncertainty_share": uncertainty_j / fmean(energies)}
    flags = {flag for result in results for flag in (*result.flags, *(result.window.flags if result.window else ()))}
    gpus = max(result.num_gpus for result in results)
    flags |= {"drift"} if drifted else set()
    surely_w = row.get("average_power", 0.0) * (1 - row.get("uncertainty_share", 0.0))
    flags |= {"above_limit"} if surely_w > (cell[1] or float("inf")) * gpus else set()
    asked = {result.spec.power_limit_w for result in results} - {None}
    return row | {
        **_spread(results),
        "source": ",".join(sorted({window.source for window in windows if window.source})),
        "flags": ",".join(sorted(flags)),
        "runs": len(results),
        "epochs": sum(window.epochs for window in windows),
        "num_gpus": gpus,
        "requested_limit_w": float(max(filter(None, asked))) if asked else None,
        "keys": ",".join(result.spec.key for result in results),
    }


def _spread(results: list[RunResult]) -> dict[str, float | None]:
    """Compute the standard deviation of time [s] and power [W] over the single epochs of the windows."""
    epochs = [window for result in results for window in _epochs_in(result)]
    times = [window.time_s / window.epochs for window in epochs]
    powers = [window.average_power_w for window in epochs if window.average_power_w is not None]
    return {
        "time_std_s": stdev(times) if len(times) > 1 else None,
        "power_std_w": stdev(powers) if len(powers) > 1 else None,
    }


def _epochs_in(result: RunResult) -> Iterator[WindowResult]:
    """Windows of the single epochs that a run's window is made of."""
    kind = "train" if result.window == result.train_window else "whole"
    for epoch in result.epochs:
        window: WindowResult | None = getattr(epoch, kind)
        if (
            window
            and result.window
            and result.window.start_ns <= window.start_ns <= window.end_ns <= result.window.end_ns
        ):
            yield window
