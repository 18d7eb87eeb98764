"""Gaussian Thompson sampling over all feasible batch sizes.

Source: "Zeus" (NSDI'23), section 4.3, algorithms 1 and 2, without the pruning of section 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.check import real_number, whole_number
from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.gaussian import GaussianArms, pull, refit, update
from simulator.policy.history import History
from simulator.policy.stream import RandomStream

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["GTSBatchSizeOptimizer", "learning_gts"]


@dataclass
class GTSState:
    """One job's beliefs.

    Parameters
    ----------
    arms
        Beliefs, one arm a batch size.
    learns_precision
        Whether the precision of rewards is learned from them.
    rewards
        Rewards (−cost [J]) of each batch size in the order seen; kept if the reward precision is learned.
    stream
        The job's own random draws.
    """

    arms: GaussianArms
    learns_precision: bool
    rewards: History
    stream: RandomStream


def choose(state: GTSState) -> int:
    """Draw a batch size from the beliefs."""
    return pull(state.arms, state.stream)


def learn(state: GTSState, position: int, cost: float, converged: int) -> int:
    """Add what a run has cost to the belief about its batch size, whether it reached the target or not."""
    if state.learns_precision:
        state.rewards.append(position, -cost)
        refit(state.arms, position, state.rewards, position, state.rewards.count(position))
    else:
        update(state.arms, position, -cost)
    return 0


class GTSBatchSizeOptimizer(PlainStateOptimizer[GTSState]):
    """One Gaussian bandit a job, an arm a batch size.

    Parameters
    ----------
    learn_reward_precision
        Whether to learn the precision of each arm's rewards from the rewards.
    reward_precision
        Precision (1/variance) of rewards, for all arms or a list with one for each. Used if it is not learned.
    prior_mean, prior_precision
        Belief about the reward of a batch size that has not run yet.
    num_exploration
        Runs of each batch size before beliefs decide.
    seed
        Seed of each job's draws.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy = GTSBatchSizeOptimizer(learn_reward_precision=True, seed=1)
    >>> job = Job("squad", "bert", "adamw", 84.0, 6)
    >>> policy.register_job(job, [16, 32])
    >>> for batch_size, cost in ((16, 9.0), (32, 2.0)):
    ...     policy.observe(job, batch_size, cost, converged=True)
    >>> policy.predict(job)
    32
    """

    def __init__(
        self,
        learn_reward_precision: bool,
        reward_precision: float | list[float] = 0.0,
        prior_mean: float = 0.0,
        prior_precision: float = 0.0,
        num_exploration: int = 1,
        seed: int = 123456,
        verbose: bool = True,
    ) -> None:
        super().__init__(seed=seed, verbose=verbose)
        self.learn_reward_precision = learn_reward_precision
        self.reward_precision = reward_precision
        self.prior_mean = real_number("prior_mean", prior_mean, error=PolicyError)
        self.prior_precision = real_number("prior_precision", prior_precision, error=PolicyError)
        self.num_exploration = whole_number("num_exploration", num_exploration, error=PolicyError, least=0)

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "GaussianTS BSO"

    def _start(self, job: Job, batch_sizes: list[int]) -> GTSState:
        precision = self.reward_precision
        per_arm = list(precision) if isinstance(precision, list) else [precision] * len(batch_sizes)
        if len(per_arm) != len(batch_sizes):
            raise PolicyError(f"{len(per_arm)} reward precisions for the {len(batch_sizes)} batch sizes {batch_sizes}")
        arms = GaussianArms.cold(
            per_arm,
            prior_mean=self.prior_mean,
            prior_precision=self.prior_precision,
            num_exploration=self.num_exploration,
        )
        return GTSState(arms, self.learn_reward_precision, History(len(batch_sizes)), RandomStream(self.seed))

    def sizes_of_arms(self, job: Job) -> list[int]:
        """Batch sizes of the arms: all, as registered."""
        return self.sizes_of(job)

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)


def learning_gts(
    num_exploration: int = 2,
    prior_mean: float = 0.0,
    prior_precision: float = 0.0,
    seed: int = 123456,
    verbose: bool = False,
) -> GTSBatchSizeOptimizer:
    """One Gaussian bandit over all batch sizes, whose reward precisions are learned after two runs of each.

    The first runs take a random order, as in the published simulator: the default batch size need not come first.

    Parameters
    ----------
    num_exploration
        Runs of each batch size before beliefs decide.
    prior_mean, prior_precision
        Belief about the reward of a batch size that has not run yet.
    seed
        Seed of each job's draws.
    verbose
        Whether to log decisions.

    Returns
    -------
    GTSBatchSizeOptimizer
        The policy that is registered as ``gts``.
    """
    return GTSBatchSizeOptimizer(
        learn_reward_precision=True,
        prior_mean=prior_mean,
        prior_precision=prior_precision,
        num_exploration=num_exploration,
        seed=seed,
        verbose=verbose,
    )
