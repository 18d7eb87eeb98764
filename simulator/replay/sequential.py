"""A job that recurs: each recurrence is tried until it reaches the target, then the next one starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.policy.outcome import FAILED, REACHED
from simulator.replay.run import finish, launch, ran
from simulator.replay.status import FIRST_FAILED, GIVEN_UP

if TYPE_CHECKING:
    from simulator.replay.host import Host

__all__ = ["MAX_TRIES", "replay_sequence"]

#: Tries after which a recurrence is given up (published simulator).
MAX_TRIES = 20


def replay_sequence(play: Host) -> int:
    """Replay a job's recurrences one after the other.

    A run may cost β times the lowest cost of a recurrence so far, failed tries included. A run that could not afford
    its first epoch is no run.

    Parameters
    ----------
    play
        The replay.

    Returns
    -------
    int
        0; FIRST_FAILED if the first recurrence fails at its first try, since its batch size is assumed to reach the
        target; GIVEN_UP if any recurrence fails `MAX_TRIES` times; or what the host refuses.
    """
    for recurrence in range(play.recurrences):
        play.so_far.spent = 0.0
        attempt = 0
        reached = False
        while not reached:
            if attempt == MAX_TRIES:
                return GIVEN_UP
            attempt += 1
            size = play.predict()
            status = size if size < 0 else _try(play, size, recurrence, attempt)
            if status < 0:
                return status
            reached = play.run.reached
        play.so_far.lowest_cost = min(play.so_far.lowest_cost, play.so_far.spent)
    return 0


def _try(play: Host, size: int, recurrence: int, attempt: int) -> int:
    """Run the job once and tell the policy."""
    run, so_far = play.run, play.so_far
    play.totals.retries += attempt > 1
    status = launch(play, size, recurrence, play.beta * so_far.lowest_cost)
    if status < 0:
        return status
    if not ran(run):
        # Nothing was used up, but the policy must learn how bad this size is.
        return play.observe(size, 100 * play.beta * so_far.lowest_cost, FAILED)
    so_far.spent += run.cost
    status = play.observe(size, run.cost, REACHED if run.reached else FAILED)
    if status < 0:
        return status
    started_s = so_far.clock_s
    so_far.clock_s = started_s + run.time_s
    status = finish(play, attempt, started_s, so_far.clock_s, 1.0)
    return FIRST_FAILED if recurrence == 0 and not run.reached else status
