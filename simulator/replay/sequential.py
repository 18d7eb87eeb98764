"""A job that recurs: each recurrence is tried until it reaches the target, then the next one starts."""

from __future__ import annotations

import logging
import math
from collections import Counter
from typing import TYPE_CHECKING

from simulator.errors import ConvergenceError
from simulator.replay.history import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.replay.run import Launcher, Outcome

__all__ = ["MAX_TRIES", "replay_sequence"]

#: Tries after which a recurrence is given up (published simulator).
MAX_TRIES = 20

_logger = logging.getLogger("simulator.replay")


def replay_sequence(launcher: Launcher, recurrences: int, *, beta: float) -> Iterator[Record]:
    """Replay a job's recurrences one after the other.

    Parameters
    ----------
    launcher
        Launches the job's runs.
    recurrences
        How many.
    beta
        Early stopping knob β: a run may cost β times the lowest cost of a recurrence so far, failed tries included.

    Yields
    ------
    Record
        Every run, as it ends. A run that could not afford its first epoch is no run.

    Raises
    ------
    ConvergenceError
        If the first recurrence fails at its first try, since its batch size is assumed to reach the target, or any
        recurrence fails `MAX_TRIES` times.
    """
    job, policy = launcher.job, launcher.batch_policy
    lowest_cost = math.inf
    clock_s = 0.0
    for recurrence in range(recurrences):
        spent = 0.0
        failed: list[Outcome] = []
        for attempt in range(1, MAX_TRIES + 1):
            batch_size = policy.predict(job)
            run = launcher.launch(batch_size, recurrence=recurrence, bound=beta * lowest_cost)
            if not run.ran:
                # Nothing was used up, but the policy must learn how bad this size is.
                policy.observe(job, batch_size, 100 * beta * lowest_cost, False)
                failed.append(run)
                continue
            spent += run.cost
            policy.observe(job, batch_size, run.cost, run.reached)
            yield Record(recurrence, attempt, run, clock_s, clock_s + run.time_s)
            clock_s += run.time_s
            if run.reached:
                lowest_cost = min(lowest_cost, spent)
                break
            failed.append(run)
            if recurrence == 0:
                raise ConvergenceError(_first_failed(launcher, run))
        else:
            raise ConvergenceError(_given_up(launcher, failed, recurrence, beta, beta * lowest_cost))
        _logger.debug("%s: recurrence %d took %d tries and cost %.6g J", job, recurrence, attempt, spent)


def _first_failed(launcher: Launcher, run: Outcome) -> str:
    job = launcher.job
    default = "the default" if run.batch_size == job.default_bs else f"not the default, {job.default_bs}"
    return (
        f"{job} did not reach {job.target_metric} within {job.max_epochs} epochs at batch size {run.batch_size} "
        f"({default}) in its first run, which is assumed to; {_chances(launcher)}; start from a size that reaches it, "
        "raise max_epochs, or choose an easier target"
    )


def _given_up(launcher: Launcher, failed: list[Outcome], recurrence: int, beta: float, bound: float) -> str:
    job, tries = launcher.job, []
    for size, times in sorted(Counter(run.batch_size for run in failed).items()):
        dearest = max(run.cost for run in failed if run.batch_size == size)
        stop = f"stopped at {dearest:.3g} J or less" if dearest else "could not afford an epoch"
        tries.append(f"{times} at batch size {size} ({stop})")
    policy = launcher.batch_policy.name
    return (
        f"{job} failed {len(failed)} times in recurrence {recurrence} (from 0) with policy {policy!r}: "
        f"{', '.join(tries)}. A run may cost {bound:.3g} J, beta={beta:g} times the lowest cost so far, and last "
        f"{job.max_epochs} epochs; {_chances(launcher)}. Raise beta or max_epochs, or choose an easier target or "
        "another policy"
    )


def _chances(launcher: Launcher) -> str:
    """Say at which batch sizes the trace offers the target."""
    table, max_epochs = launcher.table, launcher.job.max_epochs
    chances = []
    for i, size in enumerate(table.batch_sizes.tolist()):
        cells = zip(table.path_first[:, i].flat, table.path_count[:, i].flat, strict=True)
        targets = [t for first, n in cells for t in table.target_epoch[first : first + n].tolist()]
        if targets:
            chances.append(f"{size}: {sum(t <= max_epochs for t in targets) / len(targets):.0%}")
    return "the trace's share of runs that reach it, by batch size, is " + ", ".join(chances)
