"""What it takes to make a result again."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from simulator.policy.state import to_plain
from simulator.trace.traces import hash_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["make_manifest", "seeds_in_short"]

#: More neighbouring seeds than this are written as first:stop.
_MOST_LISTED = 100


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
        Plain data for ``json.dumps``, numbers of numpy and infinities included. Of the traces it says MAXPOWER, and
        the slices of a job that drifts: recurrence t, from 0, trains on the t-th of them; None if it does not drift.
    """
    slices = traces.table(job).slices.tolist()
    manifest = {
        "job": job,
        "traces": {
            "name": traces.name,
            "gpu": traces.gpu,
            "synthetic": traces.synthetic,
            "predicted": traces.predicts(job),
            "max_power_w": traces.max_power_w,
            "slices": slices if len(slices) > 1 else None,
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


def seeds_in_short(seeds: Sequence[int]) -> list[int] | str:
    """List seeds, or write many that follow one another as the command line does.

    Examples
    --------
    >>> seeds_in_short([3, 1]), seeds_in_short(range(5, 1005))
    ([3, 1], '5:1005')
    """
    if len(seeds) > _MOST_LISTED and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]}:{seeds[-1] + 1}"
    return list(seeds)
