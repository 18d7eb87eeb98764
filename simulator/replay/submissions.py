"""Submissions of a job, read from a cluster's trace."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from simulator.errors import TraceError

__all__ = ["Submission", "submissions_from"]


class Submission(NamedTuple):
    """One submission of a job.

    Parameters
    ----------
    start_s, end_s
        When it started and ended in the cluster's trace [s].
    runtime_ratio
        Its length relative to the mean of its kind.
    """

    start_s: float
    end_s: float
    runtime_ratio: float


def submissions_from(group: pd.DataFrame) -> list[Submission]:
    """Read the submissions of one group, in the order of its rows.

    Parameters
    ----------
    group
        Table with the columns start_time [s], end_time [s] and runtime_ratio.

    Returns
    -------
    list of Submission
        One for each row.

    Raises
    ------
    TraceError
        If a column is missing, or does not hold numbers.
    """
    names = ("start_time", "end_time", "runtime_ratio")
    if missing := [name for name in names if name not in group.columns]:
        has = ", ".join(map(str, group.columns))
        raise TraceError(f"the group has no column {', '.join(missing)}; it has {has}")
    columns = [pd.to_numeric(group[name], errors="coerce") for name in names]
    for name, column in zip(names, columns, strict=True):
        if column.isna().any():
            raise TraceError(f"{name} of a group must be numbers, but is {group[name][column.isna()].iloc[0]!r}")
    return [Submission(*row) for row in zip(*(column.astype(float).tolist() for column in columns), strict=True)]
