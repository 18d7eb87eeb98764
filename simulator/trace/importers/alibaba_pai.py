"""Recurring jobs of Alibaba's PAI trace of 2020, as submissions of groups to replay.

Jobs of one group tag are submissions of one recurring job. Which of the replayed jobs stands in for a group is decided
as for Zeus (J. You et al., NSDI'23, section 6.1): K-means of the groups' mean runtimes, as many clusters as there are
jobs, matched by the order of their runtimes; each submission's runtime over the mean of its cluster scales its cost.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import TraceError
from simulator.trace.importers.kmeans import cluster_numbers
from simulator.trace.importers.pai_tables import JOBS, TAGS, read_pieces
from simulator.trace.schema import GROUPS

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["GAPS", "read_alibaba_pai"]

#: What the format does not say.
GAPS = (
    "no datasets, networks, batch sizes, energy or targets: a dataset stands in for a group by runtime alone",
    "only jobs that ended well (Terminated) count, so that retries after failures look like a gap",
    "runtimes hold the time that jobs waited for machines",
)


def read_alibaba_pai(
    jobs: str | os.PathLike[str],
    tags: str | os.PathLike[str],
    *,
    datasets: Sequence[str],
    min_submissions: int = 2,
    most: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    r"""Read the submissions of recurring jobs.

    The tables are read a piece at a time; what is kept is a few hundred bytes a job.

    Parameters
    ----------
    jobs
        ``pai_job_table.csv``.
    tags
        ``pai_group_tag_table.csv``.
    datasets
        Datasets of the jobs that stand in for groups, the one that trains fastest first.
    min_submissions
        Groups with fewer submissions that ended well are left out.
    most
        How many groups to keep, those with the most submissions; None means all. They are chosen last, so that runtimes
        are compared with those of all.
    progress
        Called with how much of both files was read, and how much there is [bytes].

    Returns
    -------
    pandas.DataFrame
        Submissions with the columns of `simulator.trace.schema.GROUPS`, by group and start.

    Raises
    ------
    TraceError
        If a file cannot be read, or fewer groups recur than there are datasets.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     jobs, tags = Path(folder) / "jobs.csv", Path(folder) / "tags.csv"
    ...     _ = jobs.write_text("a,1,u,Terminated,0,60\nb,2,u,Terminated,100,240\n")
    ...     _ = tags.write_text("1,u,,g,\n2,u,,g,\n")
    ...     read_alibaba_pai(jobs, tags, datasets=["squad"])["runtime_ratio"].tolist()
    [0.6, 1.4]
    """
    if not datasets or len(set(datasets)) != len(datasets):
        raise TraceError("name the datasets that stand in for groups, each once, the one that trains fastest first")
    if min_submissions < 1 or (most is not None and most < 1):
        raise TraceError("at least one submission a group, and one group")
    sizes = [_size(jobs), _size(tags)]
    instances, codes, names = _tagged(tags, lambda done: progress(done, sum(sizes)))
    runs = _submissions(jobs, instances, codes, lambda done: progress(sizes[1] + done, sum(sizes)))
    runs = runs.loc[runs.groupby("group")["start_time"].transform("size") >= min_submissions]
    runs = _with_datasets(runs, datasets)
    if most is not None:
        count = runs.groupby("group").size()
        kept = sorted(count.index, key=lambda code: (-count[code], names[code]))[:most]
        runs = runs.loc[runs["group"].isin(kept)]
    runs = runs.assign(group=[names[code] for code in runs["group"]])
    ordered = runs.sort_values(["group", "start_time", "end_time"], kind="stable", ignore_index=True)
    return ordered[[column.name for column in GROUPS.columns]]


def _size(path: str | os.PathLike[str]) -> int:
    try:
        return Path(path).stat().st_size
    except OSError as cause:
        raise TraceError(f"{path} cannot be read: {cause.strerror or cause}") from cause


def _tagged(
    tags: str | os.PathLike[str], told: Callable[[int], None]
) -> tuple[NDArray[np.uint64], NDArray[np.int32], list[str]]:
    """Hash of each tagged instance, sorted; the number of its group; and the groups' names by their numbers."""
    names: dict[str, int] = {}
    instances, codes = [], []
    for piece in read_pieces(tags, TAGS, ["inst_id", "group"], told=told):
        table = piece.to_pandas().dropna()
        of_piece, unlike = pd.factorize(table["group"])
        known = np.array([names.setdefault(name, len(names)) for name in unlike], dtype=np.int32)
        instances.append(_hashed(table["inst_id"]))
        codes.append(known[of_piece])
    if not names:
        raise TraceError(f"{tags} holds no instance with a group")
    hashed, first = np.unique(np.concatenate(instances), return_index=True)
    return hashed, np.concatenate(codes)[first], list(names)


def _submissions(
    jobs: str | os.PathLike[str],
    instances: NDArray[np.uint64],
    codes: NDArray[np.int32],
    told: Callable[[int], None],
) -> pd.DataFrame:
    """Start and end [s] of each job that ended well and has a group."""
    pieces = [pd.DataFrame({"group": np.empty(0, np.int32), "start_time": 0.0, "end_time": 0.0})]
    for piece in read_pieces(jobs, JOBS, ["inst_id", "status", "start_time", "end_time"], told=told):
        table = piece.to_pandas().dropna()
        table = table.loc[(table["status"] == "Terminated") & (table["end_time"] > table["start_time"])]
        hashed = _hashed(table["inst_id"])
        at = np.minimum(np.searchsorted(instances, hashed), len(instances) - 1)
        found = instances[at] == hashed
        kept = table.loc[found, ["start_time", "end_time"]]
        pieces.append(kept.assign(group=codes[at[found]]))
    return pd.concat(pieces, ignore_index=True)


def _hashed(names: pd.Series) -> NDArray[np.uint64]:
    """64 bits of each name: of a few million, two share theirs once in a million traces."""
    return np.asarray(pd.util.hash_array(names.to_numpy(object), categorize=False), dtype=np.uint64)


def _with_datasets(runs: pd.DataFrame, datasets: Sequence[str]) -> pd.DataFrame:
    """Match clusters of groups with datasets, both by runtime, and relate each runtime to its cluster's mean."""
    lasted = runs["end_time"] - runs["start_time"]
    mean = lasted.groupby(runs["group"]).mean()
    if len(unlike := np.unique(mean)) < len(datasets):
        raise TraceError(
            f"{len(mean)} groups recur, with {len(unlike)} unlike mean runtimes, too few for {len(datasets)} datasets; "
            "name fewer datasets, or accept groups with fewer submissions"
        )
    cluster = pd.Series(cluster_numbers(mean, len(datasets)), index=mean.index)
    of_run = runs["group"].map(cluster)
    ratio = lasted / lasted.groupby(of_run).transform("mean")
    return runs.assign(dataset=of_run.map(dict(enumerate(datasets))), runtime_ratio=ratio)
