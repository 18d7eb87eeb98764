"""Check when runs reached their targets: what one run says must not contradict itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.trace.validate.report import error, listed, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from simulator.trace.validate.report import Problem

__all__ = ["WORKLOAD", "check_targets", "target_steps"]

WORKLOAD = ["dataset", "network", "optimizer"]
#: A run that needs so many times as long as any other is rather a slip of the keyboard. Published: 1.4.
OUTLIER = 10
#: What tells one run from another, as far as the table has these columns.
RUN = [*WORKLOAD, "batch_size", "learning_rate", "run", "slice", "predicted"]


def check_targets(train: pd.DataFrame) -> Iterator[Problem]:
    """Look for runs that contradict themselves.

    Parameters
    ----------
    train
        Train trace, coerced, with at least the columns of a workload, batch_size, run, target_metric and
        target_epoch.

    Yields
    ------
    Problem
        Targets reached after the run's end, or far later than in any other run, one target reached at two epochs, and
        an easier target reached later than a harder one.
    """
    yield from _late(train)
    yield from _repeated(train)
    yield from _out_of_order(train)


def _late(train: pd.DataFrame) -> Iterator[Problem]:
    if "epochs" in train.columns:
        late = (train["target_epoch"] > train["epochs"]).to_numpy()
        if late.any():
            row = train.iloc[int(np.flatnonzero(late)[0])]
            message = f"reached at epoch {row['target_epoch']:g} of a run that lasted {row['epochs']:g} (column epochs)"
            yield error("train", "target_epoch", message, rows=late)
    longest = train["target_epoch"].groupby(_codes(train, RUN)).transform("max")
    for _, of_runs in longest.groupby(_codes(train, WORKLOAD)):
        lengths = sorted(set(of_runs.dropna()))
        if len(lengths) > 1 and lengths[-1] > OUTLIER * lengths[-2]:
            rows = (train["target_epoch"] > OUTLIER * lengths[-2]) & train.index.isin(of_runs.index)
            message = f"{lengths[-1]:g} epochs, where no other run needed over {lengths[-2]:g}; a slip of the keyboard?"
            yield warning("train", "target_epoch", message, rows=rows)


def _repeated(train: pd.DataFrame) -> Iterator[Problem]:
    run = _codes(train, RUN)
    epoch = train["target_epoch"].fillna(np.inf)
    by_target = epoch.groupby([run, train["target_metric"].to_numpy()], sort=False)
    repeated = (by_target.transform("size") > 1).to_numpy()
    unlike = repeated & (by_target.transform("nunique") > 1).to_numpy()
    if unlike.any():
        message = "one run reaches one target at different epochs; number the runs apart (column run)"
        yield error("train", "target_epoch", message, rows=unlike)
    if (same := repeated & ~unlike).any():
        message = "rows that say the same twice; each counts, so that these runs are drawn more often"
        yield warning("train", "target_metric", message, rows=same)


def _out_of_order(train: pd.DataFrame) -> Iterator[Problem]:
    rises, falls = target_steps(train)
    workload = _codes(train, WORKLOAD)
    count = int(workload.max(initial=-1)) + 1
    expected_rise = np.bincount(workload[rises], minlength=count) >= np.bincount(workload[falls], minlength=count)
    against = np.where(expected_rise[workload], falls, rises)
    if against.any():
        names = sorted({",".join(map(str, name)) for name in train.loc[against, WORKLOAD].to_numpy()})
        message = f"a harder target reached before an easier one, against the other runs of {listed(names)}"
        yield warning("train", "target_epoch", message, rows=against)


def target_steps(train: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Compare each target of a run with the run's next smaller one.

    Where training raises the metric, larger targets are reached later; where it lowers it (error rate, loss), earlier.

    Parameters
    ----------
    train
        Train trace.

    Returns
    -------
    rises, falls : numpy.ndarray
        Rows reached later, and rows reached earlier, than the same run's next smaller target, shape (n_rows,). A target
        that was never reached is later than all.
    """
    run = _codes(train, RUN)
    metric = train["target_metric"].to_numpy(np.float64)
    epoch = train["target_epoch"].fillna(np.inf).to_numpy(np.float64)
    order = np.lexsort((metric, run))
    before, after = order[:-1], order[1:]
    comparable = (run[before] == run[after]) & (metric[before] < metric[after])
    rises, falls = np.zeros((2, len(train)), dtype=bool)
    rises[after] = comparable & (epoch[after] > epoch[before])
    falls[after] = comparable & (epoch[after] < epoch[before])
    return rises, falls


def _codes(df: pd.DataFrame, columns: list[str]) -> NDArray[np.int64]:
    present = [column for column in columns if column in df.columns]
    return np.asarray(df.groupby(present, sort=False, dropna=False).ngroup(), dtype=np.int64)
