"""A job that is submitted again while earlier submissions still run, as on a cluster.

A submission's start and end come from the cluster's trace; what it uses up comes from the job's trace.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.policy.outcome import FAILED, REACHED
from simulator.replay.in_flight import pop, push
from simulator.replay.run import finish, launch, ran
from simulator.replay.status import GIVEN_UP, NOT_FEASIBLE

if TYPE_CHECKING:
    from simulator.replay.host import Host

__all__ = ["MAX_TRIES", "replay_submissions"]

#: Tries after which a submission is given up. The published simulator has no such bound, and may never end.
MAX_TRIES = 1000


def replay_submissions(play: Host) -> int:
    """Replay submissions, which may overlap.

    Before each submission, the runs that have ended by then are taken in the order of their ends; each is observed,
    and a failed one is retried at once, for the same duration. A submission, or retry, with others in flight uses
    the batch size of the cheapest run so far, at first the default; otherwise the policy decides. A run may cost β
    times the cheapest run so far.

    Parameters
    ----------
    play
        The replay, with submissions in the order of their starts.

    Returns
    -------
    int
        0; GIVEN_UP if a submission fails `MAX_TRIES` times; or what the host refuses.
    """
    submissions, flight = play.submissions, play.in_flight
    play.so_far.best_size = play.default_size
    for recurrence in range(play.recurrences):
        status = _reap(play, submissions.start_s[recurrence])
        if status < 0:
            return status
        flight.attempt[recurrence] = 1
        flight.start_s[recurrence] = submissions.start_s[recurrence]
        flight.end_s[recurrence] = submissions.end_s[recurrence]
        status = _start(play, recurrence)
        if status < 0:
            return status
    return _reap(play, math.inf)


def _start(play: Host, recurrence: int) -> int:
    """Launch a run; what it will come to is settled here, and observed when it ends."""
    flight, run = play.in_flight, play.run
    size = play.so_far.best_size if flight.n > 0 else play.predict()
    if size < 0:
        return NOT_FEASIBLE if flight.n > 0 else size
    status = launch(play, size, recurrence, play.beta * play.so_far.lowest_cost)
    if status < 0:
        return status
    flight.size[recurrence] = size
    flight.limit[recurrence] = run.limit
    flight.energy_j[recurrence] = run.energy_j
    flight.time_s[recurrence] = run.time_s
    flight.cost[recurrence] = run.cost
    flight.reached[recurrence] = run.reached
    flight.profiled[recurrence] = run.profiled
    push(flight, recurrence)
    return 0


def _reap(play: Host, until_s: float) -> int:
    """Take the runs that have ended, and retry those that failed, whose retries may have ended as well."""
    flight, run, so_far = play.in_flight, play.run, play.so_far
    while flight.n > 0 and flight.end_s[flight.heap[0]] <= until_s:
        recurrence = pop(flight)
        _take(play, recurrence)
        status = play.observe(run.size, run.cost, REACHED if run.reached else FAILED)
        if status < 0:
            return status
        if ran(run):
            start_s, end_s = flight.start_s[recurrence], flight.end_s[recurrence]
            attempt, ratio = flight.attempt[recurrence], play.submissions.ratio[recurrence]
            status = finish(play, attempt, start_s, end_s, ratio)
            if status < 0:
                return status
        if not run.reached:
            status = _retry(play, recurrence)
            if status < 0:
                return status
        elif run.cost < so_far.lowest_cost:
            so_far.lowest_cost = run.cost
            so_far.best_size = run.size
    return 0


def _take(play: Host, recurrence: int) -> None:
    """Make a run that was in flight the last one."""
    flight, run = play.in_flight, play.run
    run.recurrence = recurrence
    run.size = flight.size[recurrence]
    run.limit = flight.limit[recurrence]
    run.energy_j = flight.energy_j[recurrence]
    run.time_s = flight.time_s[recurrence]
    run.cost = flight.cost[recurrence]
    run.reached = flight.reached[recurrence]
    run.profiled = flight.profiled[recurrence]


def _retry(play: Host, recurrence: int) -> int:
    """Run a submission again, from its end, for the same duration."""
    flight = play.in_flight
    if flight.attempt[recurrence] == MAX_TRIES:
        return GIVEN_UP
    flight.attempt[recurrence] += 1
    play.totals.retries += 1
    duration_s = flight.end_s[recurrence] - flight.start_s[recurrence]
    flight.start_s[recurrence] = flight.end_s[recurrence]
    flight.end_s[recurrence] += duration_s
    return _start(play, recurrence)
