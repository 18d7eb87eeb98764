"""Gaussian Thompson sampling over the batch sizes that survive pruning.

Source: "Zeus" (NSDI'23), sections 4.3 and 4.4; sliding window for drifting data, section 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.check import real_number, whole_number
from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.exploration import PruningExploration, advance, report
from simulator.policy.gaussian import GaussianArms, pull, refit
from simulator.policy.history import History
from simulator.policy.outcome import ALL_PRUNED, NEEDS_OUTCOME, NOTHING, SHORT_WINDOW, UNKNOWN
from simulator.policy.stream import RandomStream

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["PruningGTSBatchSizeOptimizer"]


@dataclass
class PruningGTSState:
    """What is known about one job.

    Parameters
    ----------
    walk
        Where pruning exploration stands.
    sampling
        Whether pruning is over, and beliefs decide.
    arms
        Beliefs, one arm a surviving batch size, in ascending order.
    arm_of, position_of
        Arm of a batch size, −1 if it was pruned, shape (n_sizes,), and batch size of an arm, shape (n_arms,).
    rewards
        Rewards (−cost [J]) of each batch size in the order seen.
    rewards_needed
        Rewards that an arm needs to begin.
    window_size
        Latest rewards that a belief rests on; 0 means all.
    overlapping
        Whether results may come that pruning is not waiting for.
    stream
        The job's own random draws.
    """

    walk: PruningExploration
    sampling: bool
    arms: GaussianArms
    arm_of: list[int]
    position_of: list[int]
    rewards: History
    rewards_needed: int
    window_size: int
    overlapping: bool
    stream: RandomStream


def choose(state: PruningGTSState) -> int:
    """Go on with the walk, and once it is over draw one of the survivors from the beliefs."""
    if not state.sampling:
        explored = advance(state.walk)
        if explored != NOTHING:
            return explored
        status = _make_arms(state)
        if status < 0:
            return status
    return state.position_of[pull(state.arms, state.stream)]


def learn(state: PruningGTSState, position: int, cost: float, converged: int) -> int:
    """Take in what a run has cost: for the walk, or for the belief about its batch size."""
    if not state.sampling:
        if converged == UNKNOWN:
            return NEEDS_OUTCOME
        if not state.overlapping or state.walk.waiting == position:
            status = report(state.walk, position, cost, converged)
            if status < 0:
                return status
    state.rewards.append(position, -cost)
    if state.sampling and state.arm_of[position] >= 0:
        refit(state.arms, state.arm_of[position], state.rewards, position, _latest(state, position))
    return 0


def _latest(state: PruningGTSState, position: int) -> int:
    seen = state.rewards.count(position)
    return state.window_size if 0 < state.window_size < seen else seen


def _make_arms(state: PruningGTSState) -> int:
    """Give every survivor of the walk an arm."""
    n_arms = 0
    for position in range(state.walk.n):
        state.arm_of[position] = -1
        if state.walk.alive[position]:
            if _latest(state, position) < state.rewards_needed:
                return SHORT_WINDOW
            state.arm_of[position] = n_arms
            state.position_of[n_arms] = position
            refit(state.arms, n_arms, state.rewards, position, _latest(state, position))
            n_arms += 1
    if n_arms == 0:
        return ALL_PRUNED
    state.arms.n = n_arms
    state.sampling = True
    return 0


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
    num_exploration
        Rewards that a survivor must have before beliefs decide. The published simulator's is 2, so two rounds suffice.

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
        num_exploration: int = 2,
    ) -> None:
        super().__init__(seed=seed, verbose=verbose)
        self.prior_mean = real_number("prior_mean", prior_mean, error=PolicyError)
        self.prior_precision = real_number("prior_precision", prior_precision, error=PolicyError)
        self.window_size = whole_number("window_size", window_size, error=PolicyError)
        self.concurrency = concurrency
        self.num_pruning_rounds = whole_number("num_pruning_rounds", num_pruning_rounds, error=PolicyError, least=1)
        self.num_exploration = whole_number("num_exploration", num_exploration, error=PolicyError, least=0)

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
        n = len(batch_sizes)
        arms = GaussianArms.cold(
            [0.0] * n,
            prior_mean=self.prior_mean,
            prior_precision=self.prior_precision,
            num_exploration=self.num_exploration,
        )
        return PruningGTSState(
            walk=PruningExploration.begin(n, batch_sizes.index(job.default_bs), rounds=self.num_pruning_rounds),
            sampling=False,
            arms=arms,
            arm_of=[-1] * n,
            position_of=[-1] * n,
            rewards=History(n),
            # A survivor has run once a round, and one run has no variance.
            rewards_needed=min(2, self.num_pruning_rounds),
            window_size=self.window_size,
            overlapping=bool(self.concurrency),
            stream=RandomStream(self.seed),
        )

    def explores(self, job: Job) -> bool:
        """Whether pruning is not over."""
        return not self.state_of(job).sampling

    def awaits(self, job: Job) -> int | None:
        """Batch size that pruning waits for."""
        waiting = self.state_of(job).walk.waiting
        return None if waiting == NOTHING else self._sizes_of(job)[waiting]

    def sizes_of_arms(self, job: Job) -> list[int]:
        """Batch sizes that survived pruning, once it is over."""
        state, sizes = self.state_of(job), self._sizes_of(job)
        return [sizes[position] for position in state.position_of[: state.arms.n]] if state.sampling else []

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
