"""What a bandit believes about one batch size."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Arm"]


@dataclass(frozen=True, kw_only=True)
class Arm:
    """A Gaussian belief about the reward (−cost [J]) of a batch size.

    Parameters
    ----------
    job_id, batch_size
        Which job's arm.
    mean, precision
        Belief about its mean reward; the precision (1/variance) is infinite where rewards do not differ.
    reward_precision
        Precision of a single reward.
    n_observations
        Rewards that the belief rests on.
    """

    job_id: str
    batch_size: int
    mean: float
    precision: float
    reward_precision: float
    n_observations: int
