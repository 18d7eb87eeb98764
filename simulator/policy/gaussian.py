"""Gaussian arms: a bandit whose rewards are normal, with a normal belief about each arm's mean.

Source: "Zeus" (NSDI'23), section 4.3; the conjugate update is that of a normal mean with known precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.policy.history import History
    from simulator.policy.stream import RandomStream

__all__ = ["GaussianArms", "pull", "refit", "spread_of", "update"]


@dataclass
class GaussianArms:
    """Beliefs about n arms.

    Parameters
    ----------
    n
        How many arms there are; lists may be longer.
    prior_mean, prior_precision
        Belief about an arm that has no reward yet.
    num_exploration
        Rewards that an arm must have before beliefs decide.
    reward_precision
        Precision (1/variance) of each arm's rewards, shape (n,). Infinite: the arm is its mean.
    mean, precision
        Belief about each arm's mean reward, shape (n,).
    spread
        Standard deviation of that belief, shape (n,).
    count
        Rewards that each arm's belief rests on, shape (n,).
    order, noise
        Room for the draws of a choice, shape (n,).
    """

    n: int
    prior_mean: float
    prior_precision: float
    num_exploration: int
    reward_precision: list[float]
    mean: list[float]
    precision: list[float]
    spread: list[float]
    count: list[int]
    order: list[int]
    noise: list[float]

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
            n,
            float(prior_mean),
            float(prior_precision),
            num_exploration,
            [float(q) for q in reward_precision],
            [float(prior_mean)] * n,
            [float(prior_precision)] * n,
            [spread_of(float(prior_precision))] * n,
            [0] * n,
            [0] * n,
            [0.0] * n,
        )


def update(arms: GaussianArms, arm: int, reward: float) -> None:
    """Add one reward to an arm's belief."""
    _fit(arms, arm, reward, 1, arms.mean[arm], arms.precision[arm])
    arms.count[arm] += 1


def refit(arms: GaussianArms, arm: int, history: History, position: int, latest: int) -> None:
    """Make an arm's belief anew from its latest rewards, whose population variance also tells their precision."""
    total = history.total(position, latest)
    variance = history.squares(position, latest, total / latest) / latest
    arms.reward_precision[arm] = 1 / variance if variance != 0 else math.inf  # NaN, if a cost is infinite, stays NaN
    _fit(arms, arm, total, latest, arms.prior_mean, arms.prior_precision)
    arms.count[arm] = latest


def pull(arms: GaussianArms, stream: RandomStream) -> int:
    """Choose an arm by Thompson sampling.

    A random order of the arms is drawn first, and the first arm in it that is still to be explored is taken.
    If there is none, one mean per arm is drawn from the beliefs, and the largest wins.
    """
    stream.permutation(arms.order, arms.n)
    for k in range(arms.n):
        if arms.count[arms.order[k]] < arms.num_exploration:
            return arms.order[k]
    stream.normals(arms.noise, arms.n)
    best = 0
    largest = arms.mean[0] + arms.spread[0] * arms.noise[0]
    for arm in range(1, arms.n):
        draw = arms.mean[arm] + arms.spread[arm] * arms.noise[arm]
        if draw > largest:
            best = arm
            largest = draw
    return best


def _fit(arms: GaussianArms, arm: int, total: float, n: int, mean: float, precision: float) -> None:
    q = arms.reward_precision[arm]
    if q == math.inf:
        arms.mean[arm] = total / n
        arms.precision[arm] = math.inf
    else:
        posterior = precision + n * q
        # Neither prior nor rewards say anything: the mean is unknown, not zero.
        arms.mean[arm] = (precision * mean + q * total) / posterior if posterior != 0 else math.nan
        arms.precision[arm] = posterior
    arms.spread[arm] = spread_of(arms.precision[arm])


def spread_of(precision: float) -> float:
    """Turn the precision of a belief into its standard deviation; infinite if it says nothing."""
    return math.sqrt(1 / precision) if precision != 0 else math.inf
