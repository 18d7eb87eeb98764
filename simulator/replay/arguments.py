"""What a user may ask of a replay, checked before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from simulator.check import whole_number
from simulator.errors import JobError, ReplayError, TraceError, nearest
from simulator.trace.read import read_groups, read_traces
from simulator.trace.traces import Traces

if TYPE_CHECKING:
    from os import PathLike

    from simulator.job import Job
    from simulator.trace.table import JobTable

__all__ = ["check_job", "check_word", "count_recurrences", "groups_of", "list_seeds", "take_traces"]


def check_job(job: Job) -> None:
    """Refuse what is no job; one of the published simulator will do.

    Raises
    ------
    JobError
        If it has no workload to look for.
    """
    if missing := [name for name in ("dataset", "network", "optimizer", "max_epochs") if not hasattr(job, name)]:
        raise JobError(f"{job!r} is no job, it has no {', '.join(missing)}; make one: simulator.Job(...)")
    whole_number(f"max_epochs of {job}", job.max_epochs, error=JobError, least=1)


def check_word(name: str, word: str, known: tuple[str, ...]) -> None:
    """Refuse a word that is not among those known.

    Raises
    ------
    ReplayError
        If it is not.
    """
    if word not in known:
        raise ReplayError(f"{name} is {word!r}; it is one of {', '.join(map(repr, known))}{nearest(str(word), known)}")


def take_traces(traces: Traces | str | PathLike[str]) -> Traces:
    """Take traces as they are, or read them from a directory.

    Raises
    ------
    TraceError
        If there are none.
    """
    if isinstance(traces, Traces):
        return traces
    if isinstance(traces, pd.DataFrame | tuple | list):
        raise TraceError("traces takes both tables of a GPU: simulator.Traces(train=..., power=..., gpu=...)")
    return read_traces(traces)


def list_seeds(seeds: int | Iterable[int]) -> list[int]:
    """Make a list of one seed or several, numpy's integers included.

    Raises
    ------
    ReplayError
        If there is none, one is no whole number of 0 or above, or stands twice.
    """
    given = list(seeds) if isinstance(seeds, Iterable) and not isinstance(seeds, str) else [seeds]
    listed = [whole_number("seeds", seed, error=ReplayError, least=0) for seed in given]
    if not listed:
        raise ReplayError("seeds is empty; give at least one, such as seeds=range(10)")
    seed, times = Counter(listed).most_common(1)[0]
    if times > 1:
        raise ReplayError(f"seeds has {seed} twice; the second replay would equal the first")
    return listed


def count_recurrences(recurrences: int | None, *, grouped: bool, table: JobTable) -> int:
    """Find how often a job recurs: as asked, or as often as the trace suggests.

    Returns
    -------
    int
        2·|batch sizes|·|power limits| ("Zeus", NSDI'23, section 6.2), or the number of slices of a drifting trace.

    Raises
    ------
    ReplayError
        If groups say it already, it is no whole number, or the trace has not as many slices.
    """
    n_slices, n_sizes, n_limits = len(table.slices), len(table.batch_sizes), len(table.power_limits_w)
    if recurrences is None:
        return n_slices if n_slices > 1 else 2 * n_sizes * n_limits
    if grouped:
        raise ReplayError("recurrences and groups exclude each other: a group recurs as often as it was submitted")
    recurrences = whole_number("recurrences", recurrences, error=ReplayError, least=1)
    if 1 < n_slices < recurrences:
        raise ReplayError(
            f"the trace drifts through {n_slices} slices, one a recurrence; ask for at most as many, not {recurrences}"
        )
    return recurrences


def groups_of(job: Job, groups: pd.DataFrame | str | PathLike[str]) -> pd.DataFrame:
    """Find the submissions that are about a job's dataset.

    Returns
    -------
    pandas.DataFrame
        Their rows; ``attrs["synthetic"]`` says whether the groups were made up.

    Raises
    ------
    ReplayError
        If no group is about the dataset.
    """
    table = read_groups(groups)
    rows = table.loc[table["dataset"] == job.dataset].astype({"group": "str"})
    if rows.empty:
        existing = ", ".join(sorted(table["dataset"].unique()))
        raise ReplayError(f"no group is about dataset {job.dataset!r}; the groups are about {existing}")
    rows.attrs = table.attrs
    return rows
