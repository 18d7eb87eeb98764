"""Everything that is known about runs and their epochs, as two tables for whoever wants to look closer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.collect.finalize.gather import Gathered
    from simulator.collect.plan import RunSpec
    from simulator.collect.result import WindowResult

__all__ = ["epochs_table", "runs_table"]

#: Types of columns that may be empty, so that a table looks the same whatever it holds.
_TEXT, _WHOLE, _REAL, _YES = "str", "Int64", "float64", "boolean"

_SPEC = {
    "key": _TEXT,
    "kind": _TEXT,
    "drift_check": _YES,
    "batch_size": _WHOLE,
    "power_limit_w": _WHOLE,
    "seed": _WHOLE,
    "slice": _WHOLE,
    "learning_rate": _REAL,
}
_WINDOW = {
    "epochs": _REAL,
    "time_s": _REAL,
    "energy_j": _REAL,
    "average_power_w": _REAL,
    "uncertainty_j": _REAL,
    "source": _TEXT,
    "instant_j": _REAL,
    "average_j": _REAL,
    "flags": _TEXT,
    "valid": _YES,
    "start_ns": _WHOLE,
    "end_ns": _WHOLE,
}
_RUN = {
    "status": _TEXT,
    "reason": _TEXT,
    "started_wall_ns": _WHOLE,
    "ended_wall_ns": _WHOLE,
    "requested_mw": _WHOLE,
    "enforced_mw": _WHOLE,
    "num_gpus": _WHOLE,
    "flags": _TEXT,
    "notes": _TEXT,
    "command": _TEXT,
}


def runs_table(gathered: Gathered) -> pd.DataFrame:
    """List the runs of a plan with what they came to: a row each, those that were not made included.

    Returns
    -------
    pandas.DataFrame
        The run as planned; status (``"missing"`` if it was not made), reason, limits, flags, notes; and its window
        (``window_...``), the same epochs with validation (``whole_...``) and without (``train_...``).
    """
    columns = {**_SPEC, **_RUN, **_prefixed("window"), **_prefixed("whole"), **_prefixed("train")}
    rows = []
    for spec in gathered.specs:
        row = {**_of_spec(spec), "command": "\n".join(spec.command), "status": "missing"}
        if result := gathered.results.get(spec.key):
            row |= {name: getattr(result, name) for name in _RUN if name not in ("command", "flags", "notes")}
            row |= {"flags": ",".join(result.flags), "notes": "\n".join(result.notes)}
            row |= _of_window("window", result.window)
            row |= _of_window("whole", result.whole_window)
            row |= _of_window("train", result.train_window)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def epochs_table(gathered: Gathered) -> pd.DataFrame:
    """List every epoch of every run, in the order of the plan.

    Returns
    -------
    pandas.DataFrame
        The run as planned; ``epoch``, from 1, ``time_s``, ``steps``, ``samples``; and its windows with validation
        (``whole_...``) and without (``train_...``).
    """
    own = {"epoch": _WHOLE, "time_s": _REAL, "steps": _WHOLE, "samples": _WHOLE}
    columns = {**_SPEC, **own, **_prefixed("whole"), **_prefixed("train")}
    rows = [
        {
            **_of_spec(spec),
            **{name: getattr(epoch, name) for name in ("time_s", "steps", "samples")},
            "epoch": epoch.number,
            **_of_window("whole", epoch.whole),
            **_of_window("train", epoch.train),
        }
        for spec in gathered.specs
        if spec.key in gathered.results
        for epoch in gathered.results[spec.key].epochs
    ]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _prefixed(prefix: str) -> Mapping[str, str]:
    return {f"{prefix}_{name}": kind for name, kind in _WINDOW.items()}


def _of_spec(spec: RunSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in _SPEC}


def _of_window(prefix: str, window: WindowResult | None) -> dict[str, Any]:
    if window is None:
        return {}
    row = {name: getattr(window, name) for name in _WINDOW}
    row["flags"] = ",".join(window.flags)
    return {f"{prefix}_{name}": value for name, value in row.items()}
