"""Rules that power policies keep."""

from __future__ import annotations

from functools import cache
from numbers import Integral
from typing import TYPE_CHECKING, Any

from simulator.cost import energy_time_cost
from simulator.policy.checks.check import Check, Factory, make, run_all
from simulator.policy.checks.common import common_checks
from simulator.policy.checks.script import JOB, NOTHING, Memory, Move, Stage, decisions, equal_job, play, recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.job import Job
    from simulator.trace.table import JobTable

__all__ = ["check_power_policy", "power_checks"]

#: Power limits [W] of each batch size. 150 W exists everywhere, for policies that have one limit in mind.
POWER_LIMITS = {16: [100, 150, 200, 250], 32: [100, 150, 200, 250], 64: [150, 200]}
N_ROUNDS = 3


def power_checks() -> list[Check]:
    """Make one check a rule, for use as parameters of a test."""
    return [
        *common_checks(Stage(_register, _script)),
        Check("answers", "a policy knows a limit, at the latest once the batch size was profiled", _answers),
        Check("offered-limits", "a policy predicts whole numbers out of the batch size's limits", _offered),
        Check("any-scale", "a policy lives with millijoules and with gigajoules", _any_scale),
    ]


def check_power_policy(factory: Factory) -> None:
    """Check that power policies from a factory keep all rules.

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
    >>> from simulator.policy import create_power
    >>> check_power_policy(lambda: create_power("fixed:150"))
    """
    run_all(power_checks(), factory)


def _epoch(batch_size: int, limit: int, scale: float = 1.0) -> tuple[float, float]:
    """Energy [J] and time [s] of an epoch: power falls faster than speed, down to a point."""
    time_s = scale * batch_size**-0.5 * (1 + (90 / limit) ** 2)
    return 0.85 * limit * time_s, time_s


def _register(job: Job) -> Move:
    def register(policy: Any, memory: Memory) -> Any:
        if hasattr(policy, "reveal"):
            policy.reveal(job, _table(job), eta=0.5)
        if hasattr(policy, "register_job"):
            policy.register_job(job, {size: list(limits) for size, limits in POWER_LIMITS.items()})
        return NOTHING

    return register


def _ask(job: Job, batch_size: int) -> Move:
    def ask(policy: Any, memory: Memory) -> Any:
        limit = policy.predict(job, batch_size)
        memory[job, batch_size] = limit is None
        return job, (batch_size, limit)

    return ask


def _tell(job: Job, batch_size: int, limit: int, scale: float) -> Move:
    def tell(policy: Any, memory: Memory) -> Any:
        if memory[job, batch_size]:
            energy_j, time_s = _epoch(batch_size, limit, scale)
            if hasattr(policy, "observe_epoch"):
                policy.observe_epoch(job, batch_size, limit, energy_j=energy_j, time_s=time_s)
            policy.observe(job, batch_size, limit, energy_time_cost(energy_j, time_s, eta=0.5, max_power_w=250))
        return NOTHING

    return tell


def _script(jobs: Sequence[Job], *, equal: bool = False, scale: float = 1.0) -> list[Move]:
    moves = [_register(job) for job in jobs]
    for _ in range(N_ROUNDS):
        for batch_size, limits in POWER_LIMITS.items():
            for job in jobs:
                called = equal_job(job) if equal else job
                profile = [_tell(called, batch_size, limit, scale) for limit in sorted(limits, reverse=True)]
                moves += [_ask(called, batch_size), *profile, _ask(called, batch_size)]
    return moves


def _answers(factory: Factory) -> str:
    decided = decisions(play(make(factory), _script([JOB]), {}))
    for batch_size, limit in decided[1::2]:  # every second question follows a profile, if one was asked for
        if limit is None:
            return f"still has no limit for batch size {batch_size}"
    return ""


def _offered(factory: Factory, *, scale: float = 1.0) -> str:
    for batch_size, limit in decisions(play(make(factory), _script([JOB], scale=scale), {})):
        if limit is None:
            continue
        if not isinstance(limit, Integral) or isinstance(limit, bool):
            return f"predicts {limit!r}, a {type(limit).__name__}"
        if limit not in POWER_LIMITS[batch_size]:
            return f"predicts {limit} W for batch size {batch_size}, which has {POWER_LIMITS[batch_size]}"
    return ""


def _any_scale(factory: Factory) -> str:
    if _offered(factory):  # whatever the scale: another rule's business
        return ""
    return _offered(factory, scale=1e-6) or _offered(factory, scale=1e6)


@cache
def _table(job: Job) -> JobTable:
    """Record one run of each batch size at each of its limits, for policies that look."""
    cells = []
    for size, limits in POWER_LIMITS.items():
        for limit in limits:
            energy_j, time_s = _epoch(size, limit)
            cells.append((size, limit, 8.0, time_s, energy_j / time_s))
    return recorded(job, cells)
