"""A knock-out tournament: each round halves the field and doubles the runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.check import whole_number
from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.tally import Tally

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["SuccessiveHalvingBatchSizeOptimizer"]


@dataclass
class Tournament:
    """What is known about one job.

    Parameters
    ----------
    tally
        What runs have cost.
    alive
        Sizes that are still in.
    due
        Runs that each size still owes in this round, shape (n_sizes,).
    runs
        Runs of each size in this round.
    """

    tally: Tally
    alive: list[int]
    due: list[int]
    runs: int


class SuccessiveHalvingBatchSizeOptimizer(PlainStateOptimizer[Tournament]):
    """Successive halving: after each round the cheaper half goes on, with twice as many runs, until one is left.

    Within a round the sizes take turns, the default first, then ascending. A size's expected cost rests on all its
    runs. Sizes that never reached the target go first; a round in which nothing ever did is repeated. The last one
    left runs from then on; if it fails, the next cheapest steps in until the target is reached again.
    Source: Z. Karnin, T. Koren, O. Somekh, "Almost Optimal Exploration in Multi-Armed Bandits", 2013, algorithm 1, and
    K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", 2016, with
    twice the runs in each round, which theirs has exactly where the number of sizes is a power of two.

    Parameters
    ----------
    runs
        Runs of each batch size in the first round.
    seed
        Not used; every policy takes one.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy, job = SuccessiveHalvingBatchSizeOptimizer(), Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    >>> policy.register_job(job, [8, 16, 32, 64])
    >>> for _ in range(9):
    ...     size = policy.predict(job)
    ...     policy.observe(job, size, 100.0 / size, converged=True)
    ...     print(size, end=" ")
    32 8 16 64 32 64 32 64 64
    """

    def __init__(self, runs: int = 1, *, seed: int = 123456, verbose: bool = False) -> None:
        super().__init__(seed=seed, verbose=verbose)
        self.runs = whole_number("runs", runs, error=PolicyError, least=1)

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Successive halving"

    def _start(self, job: Job, batch_sizes: list[int]) -> Tournament:
        tally = Tally.begin(job, batch_sizes)
        return Tournament(tally, list(tally.order), [self.runs] * len(batch_sizes), self.runs)

    def _choose(self, state: Tournament) -> int:
        owing = [position for position in state.tally.candidates(state.alive) if state.due[position]]
        return max(owing, key=state.due.__getitem__) if owing else state.tally.cheapest(state.alive)

    def _learn(self, state: Tournament, position: int, cost: float, converged: bool | None) -> None:
        state.tally.add(position, cost, converged)
        state.due[position] = max(0, state.due[position] - 1)
        if len(state.alive) > 1 and not any(state.due):
            _cut(state)


def _cut(state: Tournament) -> None:
    """End a round: drop the dearer half, and whoever never reached the target if anybody did."""
    in_question = [position for position in state.alive if state.tally.reached[position]]
    if in_question:
        half = (len(state.alive) + 1) // 2
        state.alive = sorted(in_question, key=state.tally.expected_cost)[:half]
        state.runs *= 2
    if len(state.alive) > 1:
        for position in state.alive:
            state.due[position] = state.runs
