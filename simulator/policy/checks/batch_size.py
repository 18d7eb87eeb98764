"""Rules that batch size policies keep."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypeAlias

from simulator.errors import SimulatorError
from simulator.policy.checks.check import Check, Factory, make, run_all
from simulator.policy.checks.common import common_checks
from simulator.policy.checks.script import (
    JOB,
    NOTHING,
    Memory,
    Move,
    Stage,
    decisions,
    equal_job,
    play,
    recorded,
    same_decisions,
)

if TYPE_CHECKING:
    from simulator.job import Job
    from simulator.trace.table import JobTable

__all__ = ["batch_size_checks", "check_batch_size_policy"]

#: What a run of a batch size comes to: its cost [J] and whether it reached the target.
Luck: TypeAlias = Callable[[int, int], tuple[float, bool]]

BATCH_SIZES = [8, 16, 32, 64, 128, 256]
N_RUNS = 36
UNKNOWN_BATCH_SIZE = 7


def batch_size_checks() -> list[Check]:
    """Make one check a rule, for use as parameters of a test."""
    return [
        *common_checks(Stage(_register, _script)),
        Check("registered-sizes", "a policy predicts whole numbers out of the registered batch sizes", _predicts_sizes),
        Check("failing-runs", "a policy offers a batch size after a failed run, or raises a typed error", _survives),
        Check("any-scale", "a policy lives with millijoules and with gigajoules", _any_scale),
        Check("unknown-size", "the result of an unregistered batch size is refused or ignored", _unknown_size),
    ]


def check_batch_size_policy(factory: Factory) -> None:
    """Check that batch size policies from a factory keep all rules.

    Parameters
    ----------
    factory
        A class or function that makes a policy; called with ``seed=`` if it takes one, otherwise with nothing.

    Raises
    ------
    ContractError
        If rules are broken; it names them all, and is an AssertionError.

    Examples
    --------
    >>> from simulator.policy import create
    >>> check_batch_size_policy(lambda seed: create("ucb", seed=seed))
    """
    run_all(batch_size_checks(), factory)


def mixed_luck(batch_size: int, run: int, *, scale: float = 1.0) -> tuple[float, bool]:
    """Costs that are least around 64 and wander from run to run; the ends never reach the target, 16 not always."""
    wander = 1 + (batch_size * 7919 + run * 104729) % 997 / 2000
    reached = batch_size not in (BATCH_SIZES[0], BATCH_SIZES[-1]) and not (batch_size == 16 and run % 4 == 3)
    return scale * wander * (1 + abs(math.log2(batch_size / 64))), reached


def _only_default(batch_size: int, run: int) -> tuple[float, bool]:
    return mixed_luck(batch_size, run)[0], batch_size == JOB.default_bs


def _nothing(batch_size: int, run: int) -> tuple[float, bool]:
    return mixed_luck(batch_size, run)[0], False


def _register(job: Job) -> Move:
    def register(policy: Any, memory: Memory) -> Any:
        if hasattr(policy, "reveal"):
            policy.reveal(job, _table(job), eta=0.5)
        policy.register_job(job, list(BATCH_SIZES))
        return NOTHING

    return register


def _predict(job: Job) -> Move:
    def predict(policy: Any, memory: Memory) -> Any:
        memory[job] = policy.predict(job)
        return job, memory[job]

    return predict


def _observe(job: Job, run: int, luck: Luck) -> Move:
    def observe(policy: Any, memory: Memory) -> Any:
        cost, reached = luck(int(memory[job]), run)
        policy.observe(job, memory[job], cost, converged=reached)
        return NOTHING

    return observe


def _observe_unknown(policy: Any, memory: Memory) -> Any:
    with contextlib.suppress(ValueError, LookupError):  # as the errors of this package are, too
        policy.observe(JOB, UNKNOWN_BATCH_SIZE, 0.001, converged=True)
    return NOTHING


def _script(jobs: Sequence[Job], *, equal: bool = False, luck: Luck = mixed_luck) -> list[Move]:
    moves = [_register(job) for job in jobs]
    for run in range(N_RUNS):
        for job in jobs:
            called = equal_job(job) if equal else job
            moves += [_predict(called), _observe(called, run, luck)]
    return moves


def _predicts_sizes(factory: Factory, *, luck: Luck = mixed_luck) -> str:
    for size in decisions(play(make(factory), _script([JOB], luck=luck), {})):
        if not isinstance(size, Integral) or isinstance(size, bool):
            return f"predicts {size!r}, a {type(size).__name__}"
        if size not in BATCH_SIZES:
            return f"predicts {size}, which is not in {BATCH_SIZES}"
    return ""


def _survives(factory: Factory) -> str:
    with contextlib.suppress(SimulatorError, ValueError, LookupError):  # nothing can be done: it may say so
        play(make(factory), _script([JOB], luck=_nothing), {})
    play(make(factory), _script([JOB], luck=_only_default), {})
    return ""


def _any_scale(factory: Factory) -> str:
    if _predicts_sizes(factory):  # whatever the scale: another rule's business
        return ""
    small, large = (partial(mixed_luck, scale=scale) for scale in (1e-3, 1e9))
    return _predicts_sizes(factory, luck=small) or _predicts_sizes(factory, luck=large)


def _unknown_size(factory: Factory) -> str:
    moves = _script([JOB])
    disturbed = [*moves[:1], *(part for move in moves[1:] for part in (move, _observe_unknown))]
    return same_decisions(factory, moves, disturbed)


@cache
def _table(job: Job) -> JobTable:
    """Record one run of each batch size at two power limits, for policies that look."""
    cells = []
    for size in BATCH_SIZES:
        cost, reached = mixed_luck(size, 0)
        cells += [(size, limit, 8.0 if reached else math.nan, cost, 0.9 * limit) for limit in (150, 200)]
    return recorded(job, cells)
