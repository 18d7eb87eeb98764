"""Why a replay broke off: the error that a status stands for, with what the trace offers instead."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from simulator.errors import ConvergenceError, NotInTraceError, PolicyError, ReplayError, SimulatorError
from simulator.replay import overlapping, sequential
from simulator.replay.status import FIRST_FAILED, GIVEN_UP, NO_ROWS, NO_SLICE, NOT_FEASIBLE

if TYPE_CHECKING:
    from simulator.replay.event import EventPlay

__all__ = ["play_through"]


def play_through(play: EventPlay) -> None:
    """Play a replay to its end; what ran before an error stays in its rows.

    Raises
    ------
    ConvergenceError
        If the job does not reach its target.
    PolicyError, NotInTraceError, ReplayError
        If a policy chooses what is not recorded, or the trace has no slice for a recurrence.
    """
    status = play.play()
    if status < 0:
        raise _failure(status, play)


def _failure(status: int, play: EventPlay) -> SimulatorError:
    """Make the error that a negative status stands for."""
    if status == FIRST_FAILED:
        return ConvergenceError(_first_failed(play))
    if status == GIVEN_UP:
        return ConvergenceError(_submission_given_up(play) if play.submissions.start_s else _given_up(play))
    if status == NO_SLICE:
        n_slices = play.cells.n_slices
        return ReplayError(
            f"{play.job} drifts through {n_slices} recorded slices, one a recurrence; recurrence "
            f"{play.run.recurrence} (from 0) has none; ask for at most {n_slices}"
        )
    if status == NO_ROWS:
        return NotInTraceError(_no_rows(play))
    if status == NOT_FEASIBLE:
        return PolicyError(
            f"the default batch size {play.job.default_bs} of {play.job} is the best known until a run has ended, but "
            f"is not feasible; feasible are {play.sizes}"
        )
    return ReplayError(f"the replay of {play.job} broke off with the unknown status {status}")


def _first_failed(play: EventPlay) -> str:
    job, size = play.job, play.sizes[play.run.size]
    default = "the default" if size == job.default_bs else f"not the default, {job.default_bs}"
    return (
        f"{job} did not reach {job.target_metric} within {job.max_epochs} epochs at batch size {size} "
        f"({default}) in its first run, which is assumed to; {_chances(play)}; start from a size that reaches it, "
        "raise max_epochs, or choose an easier target"
    )


def _given_up(play: EventPlay) -> str:
    job, tries = play.job, []
    for size, times in sorted(Counter(size for size, _ in play.failed).items()):
        dearest = max(cost for other, cost in play.failed if other == size)
        stop = f"stopped at {dearest:.3g} J or less" if dearest else "could not afford an epoch"
        tries.append(f"{times} at batch size {play.sizes[size]} ({stop})")
    bound = play.beta * play.so_far.lowest_cost
    return (
        f"{job} failed {sequential.MAX_TRIES} times in recurrence {play.run.recurrence} (from 0) with policy "
        f"{play.batch_policy.name!r}: {', '.join(tries)}. A run may cost {bound:.3g} J, beta={play.beta:g} times the "
        f"lowest cost so far, and last {job.max_epochs} epochs; {_chances(play)}. Raise beta or max_epochs, or choose "
        "an easier target or another policy"
    )


def _submission_given_up(play: EventPlay) -> str:
    return (
        f"submission {play.run.recurrence} (from 0) of {play.job} failed {overlapping.MAX_TRIES} times with policy "
        f"{play.batch_policy.name!r}, beta={play.beta}; raise beta or max_epochs, or choose an easier target"
    )


def _no_rows(play: EventPlay) -> str:
    cells, job, table = play.cells, play.job, play.table
    at_slice = play.run.recurrence if cells.n_slices > 1 else 0
    recorded = [size for i, size in enumerate(play.sizes) if table.path_count[at_slice, i].any()]
    where = f" in slice {table.slices[at_slice]}" if cells.n_slices > 1 else ""
    return (
        f"batch size {play.sizes[play.run.size]} has no rows for target {job.target_metric} of {job}{where}; "
        f"those that do: {recorded}"
    )


def _chances(play: EventPlay) -> str:
    """Say at which batch sizes the trace offers the target."""
    table, max_epochs = play.table, play.job.max_epochs
    chances = []
    for i, size in enumerate(play.sizes):
        cells = zip(table.path_first[:, i].flat, table.path_count[:, i].flat, strict=True)
        targets = [t for first, n in cells for t in table.target_epoch[first : first + n].tolist()]
        if targets:
            chances.append(f"{size}: {sum(t <= max_epochs for t in targets) / len(targets):.0%}")
    return "the trace's share of runs that reach it, by batch size, is " + ", ".join(chances)
