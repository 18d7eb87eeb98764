"""By how much each submission of a group was scaled, which a result table does not say by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.compare.manifests import manifests_of
from simulator.errors import ReplayError
from simulator.job import Job
from simulator.replay.arguments import groups_of
from simulator.trace.read import read_groups

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["runtime_ratios"]


def runtime_ratios(
    result: pd.DataFrame, recurrences: pd.DataFrame, groups: pd.DataFrame | str | PathLike[str] | None
) -> NDArray[np.float64]:
    """Find the runtime_ratio of each recurrence: 1 for jobs that recur one run after the other.

    Parameters
    ----------
    result
        Result table; its manifests say which dataset a job trains on.
    recurrences
        Rows with job, gpu, recurrence, and group if the result has groups.
    groups
        The submissions that were replayed.

    Returns
    -------
    numpy.ndarray
        Ratios [1], shape (n_rows,).

    Raises
    ------
    ReplayError
        If the result has groups and none are given, or others.
    """
    if "group" not in recurrences.columns:
        return np.ones(len(recurrences))
    if groups is None:
        raise ReplayError(
            "this result is about submissions in groups, which are scaled by their runtime_ratio, and the result does "
            "not hold that; give the submissions: groups=simulator.read_groups(...)"
        )
    submissions = read_groups(groups)
    ratios = np.full(len(recurrences), np.nan)
    which = recurrences["recurrence"].to_numpy()
    places: dict[Any, Any] = recurrences.groupby(["job", "gpu", "group"], sort=False).indices
    for (job, gpu, group), at in places.items():
        ratio = _of_group(submissions, result, str(job), str(gpu), str(group))
        if which[at].max() >= len(ratio):
            raise ReplayError(f"group {group} has {len(ratio)} submissions, and the result more; give those replayed")
        ratios[at] = ratio[which[at]]
    return ratios


def _of_group(submissions: pd.DataFrame, result: pd.DataFrame, job: str, gpu: str, group: str) -> NDArray[np.float64]:
    """Ratios of the submissions of a group, in order of their start."""
    made = manifests_of(result, job, gpu)
    if not made:
        raise ReplayError(f"this table does not say how {job} was replayed on {gpu}; give it with its attributes")
    rows = groups_of(Job(**made[0]["job"]), submissions)
    of_group = rows.loc[rows["group"] == group, "runtime_ratio"].to_numpy(float)
    if not len(of_group):
        raise ReplayError(f"there is no group {group!r} among the submissions; give those that were replayed")
    return of_group
