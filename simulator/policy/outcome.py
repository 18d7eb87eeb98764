"""Words that policies and engines exchange as whole numbers, since compiled code has neither None nor exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import ExhaustedError, PolicyError

if TYPE_CHECKING:
    from simulator.policy.interface import BatchSizeOptimizer

__all__ = [
    "ALL_PRUNED",
    "FAILED",
    "NEEDS_OUTCOME",
    "NOTHING",
    "NOT_WAITED_FOR",
    "REACHED",
    "SHORT_WINDOW",
    "STILL_WAITING",
    "UNKNOWN",
    "outcome",
    "refusal",
]

#: What is known about a run: whether it reached its target.
REACHED, FAILED, UNKNOWN = 1, 0, -1

#: No position: a search found none, which is no error.
NOTHING = -1

#: Why a policy can neither choose nor learn; below every position.
ALL_PRUNED, STILL_WAITING, NOT_WAITED_FOR, NEEDS_OUTCOME, SHORT_WINDOW = -2, -3, -4, -5, -6

_REFUSALS: dict[int, tuple[type[PolicyError], str]] = {
    ALL_PRUNED: (
        ExhaustedError,
        "every batch size has been pruned: none reached the target at an affordable cost",
    ),
    STILL_WAITING: (
        PolicyError,
        "the explored batch size has no result yet; observe it before predicting again",
    ),
    NOT_WAITED_FOR: (
        PolicyError,
        "this is not the batch size that pruning waits for; if runs of the job overlap, say concurrency=True",
    ),
    NEEDS_OUTCOME: (
        PolicyError,
        "pruning needs to know whether the run reached its target: observe(..., converged=...)",
    ),
    SHORT_WINDOW: (
        PolicyError,
        "window_size is shorter than the rewards that an arm needs to begin: 2, or 1 after a single pruning round",
    ),
}


def outcome(converged: bool | None) -> int:
    """Turn what a host says about a run into REACHED, FAILED or UNKNOWN.

    Examples
    --------
    >>> outcome(True), outcome(False), outcome(None)
    (1, 0, -1)
    """
    return UNKNOWN if converged is None else REACHED if converged else FAILED


def refusal(status: int, policy: BatchSizeOptimizer) -> PolicyError:
    """Make the error that a negative status of a policy stands for.

    Parameters
    ----------
    status
        What `choose` or `learn` of a policy returned.
    policy
        The policy.
    """
    kind, message = _REFUSALS.get(
        status, (PolicyError, f"policy {policy.name!r} can go on no more and returned the status {status}")
    )
    error = kind(message)
    error.status = status
    return error
