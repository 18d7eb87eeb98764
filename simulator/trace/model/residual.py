"""How far a fitted curve is from what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Residual", "round_significant"]

#: Digits that survive in parameters and synthetic tables: more would be another machine's rounding, not knowledge.
SIGNIFICANT_DIGITS = 6


def round_significant(value: float) -> float:
    """Round to six significant digits.

    Examples
    --------
    >>> round_significant(1234.56789), round_significant(0.000123456789), round_significant(0.0)
    (1234.57, 0.000123457, 0.0)
    """
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


@dataclass(frozen=True, kw_only=True)
class Residual:
    """Relative errors of a curve, summed up: predicted over recorded, less one.

    Parameters
    ----------
    relative_rmse
        Root of the mean squared relative error [1].
    worst
        The relative error with the largest magnitude, sign kept [1]: positive where the curve is too high.
    n
        Recorded points compared.
    """

    relative_rmse: float
    worst: float
    n: int

    @classmethod
    def between(cls, predicted: ArrayLike, recorded: ArrayLike) -> Residual:
        """Compare predicted values with recorded ones.

        Parameters
        ----------
        predicted
            Values of the curve, shape (n,).
        recorded
            Recorded values above 0, shape (n,).

        Returns
        -------
        Residual
            Rounded like every parameter.

        Examples
        --------
        >>> Residual.between([1.1, 1.0], [1.0, 1.25])
        Residual(relative_rmse=0.158114, worst=-0.2, n=2)
        """
        error = np.asarray(predicted, dtype=float) / np.asarray(recorded, dtype=float) - 1
        return cls(
            relative_rmse=round_significant(np.sqrt(np.mean(error**2))),
            worst=round_significant(error[np.argmax(np.abs(error))]),
            n=int(error.size),
        )
