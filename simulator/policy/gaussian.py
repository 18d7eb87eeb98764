"""Gaussian arms: a bandit whose rewards are normal, with a normal belief about each arm's mean.

Source: "Zeus" (NSDI'23), section 4.3; the conjugate update is that of a normal mean with known precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.policy.stream import RandomStream

__all__ = ["GaussianArms", "precision_of"]


@dataclass
class GaussianArms:
    """Beliefs about n arms, and how they follow from rewards.

    Parameters
    ----------
    prior_mean, prior_precision
        Belief about an arm that has no reward yet.
    num_exploration
        Rewards that an arm must have before beliefs decide.
    reward_precision
        Precision (1/variance) of each arm's rewards, shape (n,). Infinite: the arm is its mean.
    mean, precision
        Belief about each arm's mean reward, shape (n,).
    count
        Rewards that each arm's belief rests on, shape (n,).
    """

    prior_mean: float
    prior_precision: float
    num_exploration: int
    reward_precision: list[float]
    mean: list[float]
    precision: list[float]
    count: list[int]

    @classmethod
    def cold(
        cls,
        reward_precision: Sequence[float],
        *,
        prior_mean: float = 0.0,
        prior_precision: float = 0.0,
        num_exploration: int = 1,
    ) -> GaussianArms:
        """Make arms that know only their prior.

        Raises
        ------
        PolicyError
            If a precision is negative.
        """
        if min(prior_precision, *reward_precision) < 0:
            raise PolicyError(
                f"prior_precision is {prior_precision} and reward_precision {list(reward_precision)}; a precision is "
                "1/variance and cannot be negative"
            )
        n = len(reward_precision)
        return cls(
            float(prior_mean),
            float(prior_precision),
            num_exploration,
            [float(q) for q in reward_precision],
            [float(prior_mean)] * n,
            [float(prior_precision)] * n,
            [0] * n,
        )

    def update(self, arm: int, reward: float) -> None:
        """Add one reward to an arm's belief."""
        self._fit(arm, reward, 1, self.mean[arm], self.precision[arm])
        self.count[arm] += 1

    def refit(self, arm: int, rewards: Sequence[float]) -> None:
        """Make an arm's belief anew from all its rewards, whose variance also tells their precision."""
        values = np.array(rewards, dtype=np.float64)
        # The sums are numpy's own, pairwise, so that beliefs agree with those of numpy users to the last bit.
        total = float(np.add.reduce(values))
        self.reward_precision[arm] = precision_of(values, total)
        self._fit(arm, total, len(rewards), self.prior_mean, self.prior_precision)
        self.count[arm] = len(rewards)

    def _fit(self, arm: int, total: float, n: int, mean: float, precision: float) -> None:
        q = self.reward_precision[arm]
        if q == math.inf:
            self.mean[arm], self.precision[arm] = total / n, math.inf
            return
        posterior = precision + n * q
        # Neither prior nor rewards say anything: the mean is unknown, not zero.
        self.mean[arm] = (precision * mean + q * total) / posterior if posterior else math.nan
        self.precision[arm] = posterior

    def pull(self, stream: RandomStream) -> int:
        """Choose an arm by Thompson sampling.

        A random order of the arms is drawn first, and the first arm in it that is still to be explored is taken.
        If there is none, one mean per arm is drawn from the beliefs, and the largest wins.

        Returns
        -------
        int
            Position of the arm.
        """
        for arm in stream.permutation(len(self.mean)):
            if self.count[arm] < self.num_exploration:
                return arm
        noise: list[float] = stream.standard_normals(len(self.mean)).tolist()
        draws = [
            mean + (math.sqrt(1 / precision) if precision else math.inf) * z
            for mean, precision, z in zip(self.mean, self.precision, noise, strict=True)
        ]
        return max(range(len(draws)), key=draws.__getitem__)


def precision_of(values: np.ndarray[tuple[int], np.dtype[np.float64]], total: float) -> float:
    """Precision of rewards: one over their population variance, infinite if they are all equal.

    Parameters
    ----------
    values
        Rewards, shape (n,).
    total
        Their sum.

    Returns
    -------
    float
        Precision.
    """
    apart = values - total / len(values)
    variance = float(np.add.reduce(apart * apart)) / len(values)
    return 1 / variance if variance else math.inf
