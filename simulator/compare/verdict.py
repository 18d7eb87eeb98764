"""Better, worse, equivalent, or not to be told: what a comparison allows one to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.compare.two_level import probability_below

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.compare.two_level import Sureness

    Floats = NDArray[np.float64]

__all__ = ["CANNOT_TELL", "VERDICTS", "claims", "judge"]

CANNOT_TELL = "cannot tell"
VERDICTS = ("better", "worse", "equivalent", CANNOT_TELL)


def claims(sureness: Sureness, *, smallest_difference: float) -> tuple[NDArray[np.str_], Floats]:
    """Find what each comparison comes closest to showing, and the p-value of showing it.

    With δ the smallest difference of interest, a policy is

    * *better* if it costs less than 1 − δ times the baseline,
    * *worse* if it costs more than 1 + δ times the baseline,
    * *equivalent* if it is neither.

    Just one of these is true. Each claim is tested one-sided (that of equivalence as two tests, both of which must
    succeed: D. Schuirmann, 1987), and twice the smallest p-value is that of the claim, so that a false claim of either
    kind is made with at most the probability asked for. Without correction a claim is made if, and only if, the whole
    interval lies where it says (J. Kruschke, "Rejecting or Accepting Parameter Values", 2018). A difference that is
    surely there, but perhaps too small to matter, is not called better.

    Parameters
    ----------
    sureness
        Logarithms of cost ratios, and how sure they are; shape (n_comparisons,).
    smallest_difference
        δ, 0 to below 1; 0: any difference matters.

    Returns
    -------
    tuple of numpy.ndarray
        The claims, of `VERDICTS`, and their p-values: the claim may be made if that, corrected, is small enough. NaN,
        and `CANNOT_TELL`, where nothing is known.
    """
    low, high = np.log1p(-smallest_difference), np.log1p(smallest_difference)
    below_low, below_high = probability_below(sureness, low), probability_below(sureness, high)
    p_values = np.stack([1 - below_low, below_high, np.maximum(below_low, 1 - below_high)])
    exact = sureness.error == 0  # as it is, a difference at the bound itself is none of interest
    within = exact & (sureness.estimate >= low) & (sureness.estimate <= high)
    p_values[:, within] = np.array([[1.0], [1.0], [0.0]])
    known = ~np.isnan(p_values).any(axis=0)
    best = np.where(known, np.nan_to_num(p_values, nan=1.0).argmin(axis=0), len(VERDICTS) - 1)
    p_value = np.where(known, np.minimum(2 * np.nan_to_num(p_values).min(axis=0), 1.0), np.nan)
    return np.array(VERDICTS)[best], p_value


def judge(claimed: NDArray[np.str_], p_corrected: Floats, *, confidence: float) -> NDArray[np.str_]:
    """Make the claims that are sure enough; of the others, say that one cannot tell.

    Parameters
    ----------
    claimed
        What `claims` found.
    p_corrected
        Its p-values, corrected for the number of comparisons.
    confidence
        How sure is sure enough, 0 to 1.

    Returns
    -------
    numpy.ndarray
        Verdicts, of `VERDICTS`.
    """
    sure = p_corrected <= (1 - confidence) * (1 + 1e-12)  # 1 − 0.95 is a hair more than 0.05
    return np.where(sure, claimed, CANNOT_TELL)
