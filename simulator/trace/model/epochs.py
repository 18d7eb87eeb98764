"""How many epochs a batch size needs to reach a target: one curve per workload and target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from simulator.trace.model.residual import Residual

__all__ = ["SPREAD_LIMIT", "EpochCurve"]

#: No synthetic run strays further than this many spreads from the curve, so that a curve and its spread bound what
#: any seed can draw. 95 % of an unbounded log-normal lies within.
SPREAD_LIMIT = 2.0


@dataclass(frozen=True, kw_only=True)
class EpochCurve:
    """Epochs until one workload reaches one target, as a function of the batch size B.

    epochs(B) = floor_epochs · (1 + (B / critical_size)^large_steepness + (small_size / B)^small_steepness)

    With a steepness of 1 the first two terms are the critical-batch-size law: examples needed rise as 1 + B/B_crit.
    Alone it cannot bend upwards for small sizes, as recorded runs do (their learning rate is too small or their
    gradient too noisy), hence the third term; nor rise faster than B, as cifar100 does, hence the exponent. Below and
    above, the curve goes on as a power law and not as a parabola. Measured on the traces published with the Zeus paper
    (54 curves; RMSE of log epochs in sample, of each batch size left out in turn, of the first and last left out):
    the plain law 0.17, 0.21, 0.31; a parabola in log₂ B 0.11, 0.29, 0.48; this form 0.09, 0.20, 0.30.

    Source: S. McCandlish et al., "An Empirical Model of Large-Batch Training", 2018, equation 5.4 in epochs.

    Parameters
    ----------
    target_metric
        Validation metric to reach.
    floor_epochs
        Epochs [1] at the best batch sizes.
    critical_size
        Batch size [samples] at which large batches cost as many epochs again.
    small_size
        Batch size [samples] below which small batches do.
    large_steepness, small_steepness
        How sharply epochs rise above ``critical_size`` and below ``small_size`` [1].
    spreads
        Standard deviation of the logarithm of the epochs from run to run at each batch size of the workload [1], shape
        (n_sizes,).
    chances
        Share of runs that reach the target at each batch size of the workload, shape (n_sizes,).
    residual
        Curve against the geometric mean of the recorded runs, one point per batch size.
    """

    target_metric: float
    floor_epochs: float
    critical_size: float
    small_size: float
    large_steepness: float
    small_steepness: float
    spreads: tuple[float, ...]
    chances: tuple[float, ...]
    residual: Residual

    def epochs(self, batch_size: ArrayLike) -> NDArray[np.float64]:
        """Epochs that a typical run needs, not rounded.

        Parameters
        ----------
        batch_size
            Batch sizes [samples] above 0, any shape.

        Returns
        -------
        numpy.ndarray
            Epochs [1], same shape.
        """
        size = np.asarray(batch_size, dtype=float)
        return np.asarray(
            self.floor_epochs
            * (
                1
                + (size / self.critical_size) ** self.large_steepness
                + (self.small_size / size) ** self.small_steepness
            )
        )

    def chance(self, batch_size: float, sizes: ArrayLike) -> float:
        """Share of runs that reach the target [1].

        Between recorded sizes it is interpolated over log₂ of the size; beyond them it is that of the nearest one, so
        that sizes which never reached it stay that way.

        Parameters
        ----------
        batch_size
            Batch size [samples] above 0.
        sizes
            The workload's recorded batch sizes, ascending, to which ``chances`` belong.
        """
        return _between(batch_size, sizes, self.chances)

    def spread(self, batch_size: float, sizes: ArrayLike) -> float:
        """How far runs stray from the curve: the logarithm's standard deviation [1]; parameters as for `chance`."""
        return _between(batch_size, sizes, self.spreads)


def _between(batch_size: float, sizes: ArrayLike, values: tuple[float, ...]) -> float:
    return float(np.interp(np.log2(batch_size), np.log2(np.asarray(sizes, dtype=float)), values))
