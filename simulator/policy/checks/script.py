"""What is done to a policy under test: a list of moves, which can be interrupted between any two.

A move does one thing to a policy and returns what the policy decided, together with the job, or `NOTHING`. What moves
have to remember of the policy's answers lies in a memory beside it, so that a play can be continued with a copy of
both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from simulator.job import Job
from simulator.policy.checks.check import Factory, make

if TYPE_CHECKING:
    from simulator.trace.table import JobTable

__all__ = [
    "JOB",
    "NOTHING",
    "OTHER_JOB",
    "Memory",
    "Move",
    "Stage",
    "decisions",
    "equal_job",
    "first_difference",
    "play",
    "recorded",
    "same_decisions",
]

Memory: TypeAlias = dict[Any, Any]
Move: TypeAlias = Callable[[Any, Memory], Any]

#: What a move returns that asks for no decision.
NOTHING = ()

JOB = Job("images", "small_net", "adam", 0.9, 100, default_bs=32, default_lr=0.1)
OTHER_JOB = Job("sounds", "large_net", "sgd", 0.5, 50, default_bs=64, default_lr=0.01)


@dataclass(frozen=True)
class Stage:
    """How a kind of policy is put through its paces.

    Parameters
    ----------
    register
        Makes the move that introduces a job.
    script
        Makes the moves of many runs of some jobs, in turns; if `equal`, they name it by an `equal_job`.
    """

    register: Callable[[Job], Move]
    script: Callable[..., list[Move]]


def equal_job(job: Job) -> Job:
    """Make another object that is the same job: how it is launched does not count."""
    return replace(job, command=["python", "train.py", "{bs}"])


def play(policy: Any, moves: Sequence[Move], memory: Memory) -> list[Any]:
    """Do the moves, and return what came of each."""
    return [move(policy, memory) for move in moves]


def decisions(outcomes: Sequence[Any], job: Job | None = None) -> list[Any]:
    """Keep the decisions, of one job or of all."""
    return [outcome[1] for outcome in outcomes if outcome is not NOTHING and job in (None, outcome[0])]


def same_decisions(factory: Factory, moves: Sequence[Move], treated: Sequence[Move], job: Job = JOB) -> str:
    """Compare what a policy decides for a job in two scripts that should make no difference to it.

    Returns
    -------
    str
        Where they part, or an empty text; also if the policy does not even repeat itself, which is another rule's
        business.
    """
    reference, repeated = (decisions(play(make(factory), moves, {}), job) for _ in range(2))
    if reference != repeated:
        return ""
    return first_difference(reference, decisions(play(make(factory), treated, {}), job))


def first_difference(expected: Sequence[Any], found: Sequence[Any]) -> str:
    """Say where two lists of decisions part; an empty text if they do not."""
    for at, (wanted, got) in enumerate(zip(expected, found, strict=False)):
        if wanted != got:
            return f"decides {got} instead of {wanted} at decision {at}"
    return "" if len(expected) == len(found) else f"makes {len(found)} decisions instead of {len(expected)}"


def recorded(job: Job, cells: Sequence[tuple[int, int, float, float, float]]) -> JobTable:
    """Make a job's table of one run a cell.

    Parameters
    ----------
    job
        The job.
    cells
        Batch size, power limit [W], target epoch (NaN: never reached), time per epoch [s] and average power [W].
    """
    import pandas as pd

    from simulator.trace.table import JobTable

    columns = ["batch_size", "power_limit", "target_epoch", "time_per_epoch", "average_power"]
    rows = pd.DataFrame(cells, columns=columns).assign(
        dataset=job.dataset, network=job.network, optimizer=job.optimizer, target_metric=job.target_metric
    )
    return JobTable.from_frame(job, rows.assign(energy_per_epoch=rows["time_per_epoch"] * rows["average_power"]))
