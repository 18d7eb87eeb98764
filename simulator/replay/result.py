"""The one table that every replay returns, and that everything else reads."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.policy.state import to_plain
from simulator.trace.traces import hash_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.job import Job
    from simulator.replay.event import Row
    from simulator.trace.traces import Traces

__all__ = ["COLUMNS", "make_manifest", "to_frame"]

#: Columns of a result table with their types. A table of overlapping groups has one more: ``group``.
COLUMNS = {
    "policy": "str",
    "job": "str",
    "gpu": "str",
    "seed": "int64",  # text, all of them, if one is beyond 64 bits
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

_LARGEST = 2**63 - 1


def to_frame(replays: Sequence[tuple[Mapping[str, Any], Sequence[Row]]]) -> pd.DataFrame:
    """Put the runs of several replays into one table.

    Parameters
    ----------
    replays
        For each replay what all its rows have in common (policy, job, gpu, seed and so on), and its runs in the
        order in which they ended.

    Returns
    -------
    pandas.DataFrame
        One row a run, with the columns `COLUMNS` and any others that the replays have in common.
    """
    runs = pd.DataFrame([row for _, rows in replays for row in rows], columns=list(COLUMNS)[4:])
    common = pd.DataFrame([dict(labels) for labels, _ in replays])
    common = common.loc[common.index.repeat([len(rows) for _, rows in replays])].reset_index(drop=True)
    extra = [name for name in common.columns if name not in COLUMNS]
    large = any(labels["seed"] > _LARGEST for labels, _ in replays)
    kinds = {**COLUMNS, "seed": "str"} if large else COLUMNS
    return pd.concat([common, runs], axis=1)[[*COLUMNS, *extra]].astype(kinds)


def make_manifest(
    job: Job, traces: Traces, submissions: pd.DataFrame | None, knobs: Mapping[str, Any]
) -> dict[str, Any]:
    """Note down everything that it takes to make a result again.

    Parameters
    ----------
    job
        The job.
    traces
        The traces; they are named by their content.
    submissions
        The groups that were replayed, likewise; None if there were none.
    knobs
        All other arguments of the replay, as plain data.

    Returns
    -------
    dict
        Plain data for ``json.dumps``, numbers of numpy and infinities included.
    """
    manifest = {
        "job": job,
        "traces": {
            "name": traces.name,
            "gpu": traces.gpu,
            "synthetic": traces.synthetic,
            "predicted": traces.predicts(job),
            "content_hash": traces.content_hash,
        },
        "groups": None
        if submissions is None
        else {
            "names": list(dict.fromkeys(submissions["group"])),
            "synthetic": bool(submissions.attrs.get("synthetic", False)),
            "content_hash": hash_tables(submissions),
        },
        "knobs": dict(knobs),
        "versions": {
            "trace-simulator": version("trace-simulator"),
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "pandas")},
        },
        "command": list(sys.argv),
    }
    plain: dict[str, Any] = to_plain(manifest)
    return plain
