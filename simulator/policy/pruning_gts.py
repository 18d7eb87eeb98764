"""Gaussian Thompson sampling over the batch sizes that survive pruning.

Source: "Zeus" (NSDI'23), sections 4.3 and 4.4; sliding window for drifting data, section 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.check import real_number, whole_number
from simulator.errors import ExhaustedError, PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.exploration import PruningExploration
from simulator.policy.gaussian import GaussianArms
from simulator.policy.stream import RandomStream

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["PruningGTSBatchSizeOptimizer"]


@dataclass
class PruningGTSState:
    """What is known about one job.

    Parameters
    ----------
    exploration
        Where pruning stands.
    arms
        Beliefs, one arm a surviving batch size; None until pruning is over.
    rewards
        Rewards (−cost [J]) of each batch size in the order seen, shape (n_sizes, n_seen).
    stream
        The job's own random draws.
    """

    exploration: PruningExploration
    arms: GaussianArms | None
    rewards: list[list[float]]
    stream: RandomStream


class PruningGTSBatchSizeOptimizer(PlainStateOptimizer[PruningGTSState]):
    """Pruning exploration first, then one Gaussian bandit over the survivors.

    Parameters
    ----------
    prior_mean, prior_precision
        Belief about the reward of a batch size before its rewards count.
    window_size
        Latest rewards of a batch size that its belief rests on, for data that drifts; 0 means all.
    concurrency
        Whether runs of a job may overlap: a result that pruning was not waiting for is then remembered, and is not
        an error.
    seed
        Seed of each job's draws.
    verbose
        Whether to log decisions.
    num_pruning_rounds
        Rounds of pruning exploration.

    Examples
    --------
    >>> from simulator import Job
    >>> policy = PruningGTSBatchSizeOptimizer(seed=1)
    >>> job = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    >>> policy.register_job(job, [16, 32, 64])
    >>> for _ in range(3):
    ...     size = policy.predict(job)
    ...     policy.observe(job, size, 100.0 / size, converged=True)
    ...     print(size)
    32
    16
    64
    """

    def __init__(
        self,
        prior_mean: float = 0.0,
        prior_precision: float = 0.0,
        window_size: int = 0,
        concurrency: bool = False,
        seed: int = 123456,
        verbose: bool = True,
        *,
        num_pruning_rounds: int = 2,
    ) -> None:
        super().__init__(seed=seed, verbose=verbose)
        self.prior_mean = real_number("prior_mean", prior_mean, error=PolicyError)
        self.prior_precision = real_number("prior_precision", prior_precision, error=PolicyError)
        self.window_size = whole_number("window_size", window_size, error=PolicyError)
        self.concurrency = concurrency
        self.num_pruning_rounds = whole_number("num_pruning_rounds", num_pruning_rounds, error=PolicyError, least=1)

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Pruning GaussianTS BSO"

    def register_job(self, job: Job, batch_sizes: list[int]) -> None:
        """Start the state of a job, or keep it if there is one.

        Raises
        ------
        PolicyError
            If the job has no default batch size, or it is not among the batch sizes.
        """
        super().register_job(job, sorted(batch_sizes))

    def _start(self, job: Job, batch_sizes: list[int]) -> PruningGTSState:
        if job.default_bs is None or job.default_bs not in batch_sizes:
            raise PolicyError(
                f"{job} needs a default batch size to explore from: Job(..., default_bs=...), one of {batch_sizes}"
            )
        exploration = PruningExploration.begin(
            len(batch_sizes), batch_sizes.index(job.default_bs), rounds=self.num_pruning_rounds
        )
        return PruningGTSState(exploration, None, [[] for _ in batch_sizes], RandomStream(self.seed))

    def _choose(self, state: PruningGTSState) -> int:
        if state.arms is None:
            explored = state.exploration.advance()
            if explored is not None:
                return explored
            state.arms = self._make_arms(state)
        return state.exploration.alive[state.arms.pull(state.stream)]

    def _learn(self, state: PruningGTSState, position: int, cost: float, converged: bool | None) -> None:
        if state.arms is not None:
            survivors = state.exploration.alive
            state.rewards[position].append(-cost)
            if position in survivors:
                state.arms.refit(survivors.index(position), self._window(state, position))
            return
        if converged is None:
            raise PolicyError("pruning needs to know whether the run reached its target: observe(..., converged=...)")
        if not self.concurrency or state.exploration.waiting == position:
            state.exploration.report(position, cost, converged=converged)
        state.rewards[position].append(-cost)

    def _window(self, state: PruningGTSState, position: int) -> list[float]:
        rewards = state.rewards[position]
        return rewards[-self.window_size :] if self.window_size > 0 else rewards

    def _make_arms(self, state: PruningGTSState) -> GaussianArms:
        survivors = state.exploration.alive
        if not survivors:
            raise ExhaustedError("every batch size has been pruned: none reached the target at an affordable cost")
        arms = GaussianArms.cold(
            [0.0] * len(survivors),
            prior_mean=self.prior_mean,
            prior_precision=self.prior_precision,
            num_exploration=2,
        )
        needed = min(2, self.num_pruning_rounds)  # a survivor has run once a round; one run has no variance
        for arm, position in enumerate(survivors):
            window = self._window(state, position)
            if len(window) < needed:
                raise PolicyError(
                    f"window_size {self.window_size} leaves an arm {len(window)} rewards; it needs {needed} to begin"
                )
            arms.refit(arm, window)
        return arms
