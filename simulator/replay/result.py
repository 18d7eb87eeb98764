"""The one table that every replay returns, and that everything else reads."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.cost import energy_time_cost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.job import Job
    from simulator.replay.history import Record
    from simulator.trace.traces import Traces

__all__ = ["COLUMNS", "make_manifest", "to_frame"]

#: Columns of a result table with their types. A table of overlapping groups has one more: ``group``.
COLUMNS = {
    "policy": "str",
    "job": "str",
    "gpu": "str",
    "seed": "object",  # seeds are integers of any size; narrowed to int64 where they fit
    "recurrence": "int64",
    "attempt": "int64",
    "batch_size": "int64",
    "power_limit_w": "int64",
    "energy_j": "float64",
    "time_s": "float64",
    "cost": "float64",
    "reached": "bool",
    "profiled": "bool",
    "started_s": "float64",
    "ended_s": "float64",
}


def to_frame(
    replays: Sequence[tuple[Mapping[str, Any], Sequence[Record]]], *, eta: float, max_power_w: float
) -> pd.DataFrame:
    """Put the runs of several replays into one table.

    Parameters
    ----------
    replays
        For each replay what all its rows have in common (policy, job, gpu, seed and so on), and its runs in the
        order in which they ended.
    eta
        Energy–time knob η of the replays.
    max_power_w
        MAXPOWER [W] of the replays.

    Returns
    -------
    pandas.DataFrame
        One row a run, with the columns `COLUMNS` and any others that the replays have in common. Energy and time are
        those of the submission, scaled by its ratio; the cost is theirs.
    """
    runs = [(record, *record.outcome) for _, records in replays for record in records]
    frame = pd.DataFrame(
        runs, columns=["record", "batch_size", "power_limit_w", "energy_j", "time_s", "cost", "reached", "profiled"]
    )
    records = pd.DataFrame(
        [(r.recurrence, r.attempt, r.started_s, r.ended_s, r.ratio) for r in frame.pop("record")],
        columns=["recurrence", "attempt", "started_s", "ended_s", "ratio"],
    )
    ratio = records.pop("ratio")
    frame = pd.concat([frame, records], axis=1)
    frame["energy_j"] *= ratio
    frame["time_s"] *= ratio
    frame["cost"] = energy_time_cost(frame["energy_j"], frame["time_s"], eta=eta, max_power_w=max_power_w)

    common = pd.DataFrame([dict(labels) for labels, _ in replays]).astype({"seed": "object"})
    repeats = [len(records) for _, records in replays]
    common = common.loc[common.index.repeat(repeats)].reset_index(drop=True)
    extra = [name for name in common.columns if name not in COLUMNS]
    table = pd.concat([common, frame], axis=1)[[*COLUMNS, *extra]].astype(COLUMNS)
    return table.infer_objects()


def make_manifest(job: Job, traces: Traces, knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Note down everything that it takes to make a result again.

    Parameters
    ----------
    job
        The job.
    traces
        The traces; they are named by their content.
    knobs
        All other arguments of the replay, as plain data.

    Returns
    -------
    dict
        Plain data for ``json.dumps``.
    """
    return {
        "job": asdict(job),
        "traces": {
            "name": traces.name,
            "gpu": traces.gpu,
            "synthetic": traces.synthetic,
            "predicted": traces.predicts(job),
            "content_hash": traces.content_hash,
        },
        "knobs": dict(knobs),
        "versions": {
            "trace-simulator": version("trace-simulator"),
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "pandas")},
        },
        "command": list(sys.argv),
    }
