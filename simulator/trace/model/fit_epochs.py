"""Fit epochs to target: from recorded runs to curves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import least_squares

from simulator.trace.model.epochs import EpochCurve
from simulator.trace.model.residual import Residual, round_significant

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from pandas.core.groupby import SeriesGroupBy

__all__ = ["fit_targets", "higher_is_better"]

#: Fitted fields in the order of the vector.
SHAPE = ("floor_epochs", "critical_size", "small_size", "large_steepness", "small_steepness")
#: How firmly critical_size and small_size (log₂) and the two steepnesses (ln) are held at their start. Enough to decide
#: where the recorded sizes cannot; chosen by leaving out one batch size in turn (see `EpochCurve`).
HOLD = np.array([0.1, 0.1, 0.7, 0.7])

#: How many runs the usual spread of a target counts beside those of a batch size, of which there are two to five.
#: Sizes differ: of imagenet's runs to 0.6, two of five last 31 epochs at sizes 128 and 192 and none over 13 at 256.
#: Measured on the traces published with the Zeus paper, each run left out in turn (log probability of its epochs, mean
#: of all runs): one spread for all sizes -0.94, this -0.96, each size by itself -1.02, and the median alone -1.05.
PULL = 2


def fit_targets(train: pd.DataFrame) -> tuple[EpochCurve, ...]:
    """Fit one curve per target of one workload.

    Parameters
    ----------
    train
        Train trace of one workload.

    Returns
    -------
    tuple of EpochCurve
        Easiest target first. Targets that no run ever reached have no curve.
    """
    targets = [rows for _, rows in train.groupby("target_metric") if rows["target_epoch"].notna().any()]
    sizes = np.unique(train["batch_size"].to_numpy())
    curves = [_fit_target(rows, sizes) for rows in targets]
    return tuple(curves if higher_is_better(train) else reversed(curves))


def higher_is_better(train: pd.DataFrame) -> bool:
    """Whether higher targets take longer, in one workload's train trace; True if it cannot be told."""
    reached = train.groupby("target_metric")["target_epoch"]
    share = reached.apply(lambda epochs: epochs.notna().mean()).to_numpy(dtype=float)
    epochs = reached.median().to_numpy(dtype=float)
    later = np.nansum(np.diff(epochs))
    return bool(later > 0 if later else np.sum(np.diff(share)) <= 0)


def _fit_target(rows: pd.DataFrame, sizes: NDArray[np.int64]) -> EpochCurve:
    by_size = rows.groupby("batch_size")["target_epoch"]
    share = by_size.apply(lambda epochs: epochs.notna().mean()).reindex(sizes, fill_value=0.0)
    reached = rows.dropna(subset=["target_epoch"])
    log_epochs = reached["target_epoch"].astype(float).map(np.log).groupby(reached["batch_size"])
    mean = log_epochs.mean()
    size, runs = mean.index.to_numpy(dtype=float), np.asarray(log_epochs.size(), dtype=float)
    curve = EpochCurve(
        target_metric=float(rows["target_metric"].iloc[0]),
        **dict.fromkeys(SHAPE, 1.0),
        spreads=_spreads(log_epochs, sizes),
        chances=tuple(round_significant(chance) for chance in share),
        residual=Residual(relative_rmse=0.0, worst=0.0, n=0),
    )
    curve = _fit_curve(curve, size, mean.to_numpy(), runs)
    return replace(curve, residual=Residual.between(curve.epochs(size), np.exp(mean)))


def _fit_curve(
    curve: EpochCurve, size: NDArray[np.float64], log_epochs: NDArray[np.float64], runs: NDArray[np.float64]
) -> EpochCurve:
    """Least squares of log epochs, each batch size weighing as many times as it was run."""
    start = np.array([log_epochs.min(), np.log2(size.max()) + 1, np.log2(size.min()) - 3, 0.0, 0.0])

    def shaped(theta: NDArray[np.float64]) -> EpochCurve:
        values = [np.exp(theta[0]), 2 ** theta[1], 2 ** theta[2], *np.exp(theta[3:])]
        named: dict[str, Any] = dict(zip(SHAPE, map(float, values), strict=True))
        return replace(curve, **named)

    def errors(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        missed = np.log(shaped(theta).epochs(size)) - log_epochs
        return np.concatenate([np.sqrt(runs) * missed, HOLD * (theta[1:] - start[1:])])

    found = least_squares(errors, start, jac="3-point", ftol=1e-14, xtol=1e-12, gtol=1e-12, max_nfev=5000)
    fitted = shaped(found.x)
    rounded: dict[str, Any] = {name: round_significant(getattr(fitted, name)) for name in SHAPE}
    return replace(fitted, **rounded)


def _spreads(log_epochs: SeriesGroupBy[Any, Any], sizes: NDArray[np.int64]) -> tuple[float, ...]:
    """Spread of the runs of each batch size, drawn towards the median of all sizes as by so many runs more."""
    freedom = (log_epochs.size() - 1).reindex(sizes, fill_value=0)
    squares = (log_epochs.var(ddof=0) * log_epochs.size()).reindex(sizes, fill_value=0.0)
    own = np.sqrt(squares[freedom > 0] / freedom[freedom > 0])
    usual = float(np.median(own)) if len(own) else 0.0
    return tuple(map(round_significant, np.sqrt((squares + PULL * usual**2) / (freedom + PULL))))
