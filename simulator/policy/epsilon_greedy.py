"""Mostly the best known, sometimes anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.stream import RandomStream
from simulator.policy.tally import Tally, add, candidate, cheapest

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["EpsilonGreedyBatchSizeOptimizer"]


@dataclass
class EpsilonGreedyState:
    """What is known about one job.

    Parameters
    ----------
    tally
        What runs have cost.
    epsilon
        Probability of a random choice.
    stream
        The job's own random draws.
    """

    tally: Tally
    epsilon: float
    stream: RandomStream


def choose(state: EpsilonGreedyState) -> int:
    """Draw any candidate with probability ε, otherwise take the cheapest."""
    tally = state.tally
    if tally.all_reached > 0 and state.stream.uniform() < state.epsilon:
        return candidate(tally, state.stream.integer(tally.n - tally.n_set_aside))
    return cheapest(tally)


def learn(state: EpsilonGreedyState, position: int, cost: float, converged: int) -> int:
    """Count the run."""
    add(state.tally, position, cost, converged)
    return 0


class EpsilonGreedyBatchSizeOptimizer(PlainStateOptimizer[EpsilonGreedyState]):
    """ε-greedy: with probability ε any batch size, otherwise the one with the least expected cost so far.

    Until a run has reached the target, sizes are tried in turn, the default first. A size that nobody drew yet has
    an infinite expected cost: it is found by chance alone. A size that failed is neither drawn nor chosen until the
    target is reached again. Source: Sutton & Barto, "Reinforcement Learning", 2nd edition, section 2.2.

    Parameters
    ----------
    epsilon
        Probability ε of a random choice, 0 to 1. It does not decay.
    seed
        Seed of each job's draws.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = EpsilonGreedyBatchSizeOptimizer(0.0), Job("squad", "bert", "adamw", 84.0, 6)
    >>> policy.register_job(job, [16, 32])
    >>> policy.observe(job, 16, 9.0, converged=True)
    >>> policy.observe(job, 32, 2.0, converged=True)
    >>> policy.predict(job)
    32
    """

    def __init__(self, epsilon: float = 0.1, *, seed: int = 123456, verbose: bool = False) -> None:
        super().__init__(seed=seed, verbose=verbose)
        if not 0 <= epsilon <= 1:
            raise PolicyError(f"epsilon is {epsilon}; it is the probability of a random choice, 0 to 1")
        self.epsilon = epsilon

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Epsilon-greedy"

    def _start(self, job: Job, batch_sizes: list[int]) -> EpsilonGreedyState:
        return EpsilonGreedyState(Tally.begin(job, batch_sizes), self.epsilon, RandomStream(self.seed))

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
