"""Optimism along the line of batch sizes: leave alone what lies behind a clear rise of the cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.check import real_number
from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer
from simulator.policy.outcome import FAILED, NOTHING
from simulator.policy.tally import Tally, add, expected_cost, merit

if TYPE_CHECKING:
    from simulator.job import Job

__all__ = ["UnimodalUCBBatchSizeOptimizer"]

#: How many runs the assumed noise counts for, against those that tell it: enough for a second look at what is nearly
#: the best where costs seem to have no noise at all, since the first run of a size also pays for profiling.
NOISE_RUNS = 8.0

#: How many runs the two neighbours of a size count for, against its own.
NEIGHBOUR_RUNS = 1.0


@dataclass
class UnimodalUCBState:
    """What is known about one job.

    Parameters
    ----------
    tally
        What runs have cost.
    mean
        Mean cost of the runs that reached the target [J], shape (n,).
    squares
        Sum of their squared deviations from it [J²], shape (n,).
    exploration
        Half-width c of an interval, in standard errors.
    noise
        Relative standard deviation of costs that is assumed at first.
    """

    tally: Tally
    mean: list[float]
    squares: list[float]
    exploration: float
    noise: float


def choose(state: UnimodalUCBState) -> int:
    """Go outwards while that is promising, otherwise take the size with the largest upper bound."""
    tally = state.tally
    if tally.all_runs == 0:
        return tally.order[0]
    best = tally.order[0]
    for position in range(tally.n):
        if expected_cost(tally, position) < expected_cost(tally, best):
            best = position
    least = expected_cost(tally, best)
    width = state.exploration * _noise(state)
    certain = 1.0 / (1.0 + width / math.sqrt(max(tally.runs[best], 1)))
    position = _outwards(tally, least, width, certain)
    if position < 0:
        position = _most_promising(tally, least, width)
    if position < 0:  # every size that was tried is set aside: another one, whatever it promises
        position = _outwards(tally, least, width, 0.0)
    return position


def learn(state: UnimodalUCBState, position: int, cost: float, converged: int) -> int:
    """Count the run, and how far its cost is from that of others like it (Welford's recurrence)."""
    add(state.tally, position, cost, converged)
    if converged != FAILED and cost < math.inf:
        apart = cost - state.mean[position]
        state.mean[position] += apart / state.tally.reached[position]
        state.squares[position] += apart * (cost - state.mean[position])
    return 0


def _outwards(tally: Tally, least: float, width: float, threshold: float) -> int:
    """Find the untried size next to the most promising tried one, if that promises the threshold at least."""
    found = NOTHING
    largest = threshold
    for position in range(tally.n):
        if tally.runs[position] == 0:
            for neighbour in range(max(position - 1, 0), min(position + 2, tally.n)):
                if tally.runs[neighbour] > 0:
                    bound = merit(tally, neighbour, least) * (1.0 + width / math.sqrt(tally.runs[neighbour]))
                    if bound > largest or (found < 0 and bound == largest):
                        found = position
                        largest = bound
    return found


def _most_promising(tally: Tally, least: float, width: float) -> int:
    """Find the tried candidate whose merit, shared with its neighbours, has the largest upper bound."""
    found = NOTHING
    largest = -math.inf
    for k in range(tally.n):
        position = tally.order[k]
        if tally.runs[position] > 0 and not tally.set_aside[position]:
            runs = float(tally.runs[position])
            worth = merit(tally, position, least)
            if 0 < position < tally.n - 1 and tally.reached[position - 1] > 0 and tally.reached[position + 1] > 0:
                between = (merit(tally, position - 1, least) + merit(tally, position + 1, least)) / 2
                worth = (runs * worth + NEIGHBOUR_RUNS * between) / (runs + NEIGHBOUR_RUNS)
                runs += NEIGHBOUR_RUNS
            bound = worth * (1.0 + width / math.sqrt(runs))
            if bound > largest:
                found = position
                largest = bound
    return found


def _noise(state: UnimodalUCBState) -> float:
    """Estimate the relative standard deviation that the costs of all sizes share, 1 at most: an outlier is one run."""
    squares = NOISE_RUNS * state.noise * state.noise
    freedom = NOISE_RUNS
    for position in range(state.tally.n):
        if state.tally.reached[position] > 1:
            freedom += state.tally.reached[position] - 1
            if state.mean[position] > 0:
                squares += state.squares[position] / state.mean[position] / state.mean[position]
    return math.sqrt(min(squares / freedom, 1.0))


class UnimodalUCBBatchSizeOptimizer(PlainStateOptimizer[UnimodalUCBState]):
    """Upper confidence bounds on a cost that falls, then rises: explore next to what is good, and nowhere else.

    Costs are assumed to fall towards the best batch size and to rise behind it: small sizes waste the GPU, large ones
    need more epochs. So a size needs no run if one between it and the best is clearly worse.

    The merit of a size is the least expected cost of any size over its own: 1 for the best known, 0 for one that
    never reached the target. With n runs it is known up to a factor 1 + c·σ/√n, where σ is one relative standard
    deviation for all sizes: √((8·σ₀² + Σ S/m²) / (8 + Σ (r − 1))), at most 1, with S the sum of squared deviations of
    the costs of a size's r runs that reached the target from their mean m. A tried size is worth at most its merit
    times that factor; the best is worth at least 1 over its own. The default (else the smallest) size runs first; then

    1. if a size next to an untried one has an upper bound of at least the lower bound of the best, the untried
       neighbour of the one with the largest bound runs, the smaller one if equal;
    2. otherwise the size with the largest upper bound runs. In this bound the mean merit of its two neighbours, if
       both reached the target, counts as one run more: a curve without kinks corrects a single unlucky run.

    A size that failed waits until the target is reached again; a recurrence in which all tried sizes failed goes on to
    their neighbours. Nothing is random. Compared with pruning: no second round, no step beyond a clear rise, and no
    variance told from two runs of one size.

    Sources: R. Combes, A. Proutière, "Unimodal Bandits: Regret Lower Bounds and Optimal Algorithms", ICML 2014, for
    exploring among the neighbours of the best; P. Auer, "Using Confidence Bounds for Exploitation-Exploration
    Trade-offs", JMLR 2002, for bounds. The constant width (no growth with the number of runs) is ours: it is for tens
    to hundreds of recurrences, not for a guarantee over infinitely many.

    Parameters
    ----------
    exploration
        Half-width c of an interval, in standard errors. 0 climbs the hill and trusts every mean.
    noise
        Relative standard deviation σ₀ of costs that is assumed at first, as if eight runs had told it.
    seed
        Not used; every policy takes one.
    verbose
        Whether to log decisions.

    Examples
    --------
    >>> from simulator import Job
    >>> policy = UnimodalUCBBatchSizeOptimizer()
    >>> job = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)
    >>> policy.register_job(job, [4, 8, 16, 32, 64, 128])
    >>> for _ in range(6):
    ...     size = policy.predict(job)
    ...     policy.observe(job, size, 100.0 + (size - 16) ** 2, converged=True)
    ...     print(size, end=" ")
    32 16 8 16 16 16
    """

    def __init__(
        self, exploration: float = 1.5, noise: float = 0.15, *, seed: int = 123456, verbose: bool = False
    ) -> None:
        super().__init__(seed=seed, verbose=verbose)
        self.exploration = real_number("exploration", exploration, error=PolicyError)
        self.noise = real_number("noise", noise, error=PolicyError)
        if not 0 <= self.exploration < math.inf:
            raise PolicyError(f"exploration is {exploration}; it counts standard errors and is 0 or a positive number")
        if not 0 <= self.noise <= 1:
            raise PolicyError(f"noise is {noise}; it is a cost's standard deviation over its mean, 0 to 1")

    @property
    def name(self) -> str:
        """Name of the policy."""
        return "Unimodal UCB"

    def register_job(self, job: Job, batch_sizes: list[int]) -> None:
        """Start the state of a job, or keep it if there is one; sizes are neighbours in ascending order."""
        super().register_job(job, sorted(batch_sizes))

    def _start(self, job: Job, batch_sizes: list[int]) -> UnimodalUCBState:
        n = len(batch_sizes)
        return UnimodalUCBState(Tally.begin(job, batch_sizes), [0.0] * n, [0.0] * n, self.exploration, self.noise)

    _choose = staticmethod(choose)
    _learn = staticmethod(learn)
