"""One run of a job: knobs are chosen, a recorded path is drawn, and its price is paid.

A run is a run, whether it follows another, overlaps with others, or is a retry: `launch` is the only place where
anything is drawn or priced, in every engine. Source: "Zeus" (NSDI'23), section 6.1, and the published simulator's
behaviour.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.cost import weigh
from simulator.replay.status import NO_ROWS, NO_SLICE
from simulator.replay.totals import LATE, add_run

if TYPE_CHECKING:
    from simulator.replay.host import Host
    from simulator.replay.totals import Run

__all__ = ["finish", "launch", "ran"]


def launch(play: Host, size: int, recurrence: int, bound: float) -> int:
    """Run the job once; what it came to is in ``play.run``.

    Parameters
    ----------
    play
        The replay.
    size
        Position of the batch size.
    recurrence
        Which recurrence it is, from 0; in a drifting trace it decides the slice.
    bound
        Cost that the run must not exceed [J]; infinite: it may last max_epochs.

    Returns
    -------
    int
        0, or a negative status: NO_SLICE if a drifting trace has none for this recurrence, NO_ROWS if the batch size
        has no rows for the job's target, or what the host refuses.
    """
    cells, run = play.cells, play.run
    run.recurrence = recurrence
    run.size = size
    if 1 < cells.n_slices <= recurrence:
        return NO_SLICE
    place = (recurrence if cells.n_slices > 1 else 0) * cells.n_sizes + size
    if cells.largest_limit_w[place] == 0:
        return NO_ROWS
    limit = play.choose_limit(place, size)
    if limit < 0:
        return limit
    run.limit = limit
    cell = place * cells.n_limits + limit
    path = cells.path_first[cell] + play.draw(size, cells.path_count[cell])
    _price(play, place, path, bound)
    play.totals.early_stops += run.stopped
    return 0


def _price(play: Host, place: int, path: int, bound: float) -> None:
    """Find out how long a run along a path may last, whether that is enough, and what it costs."""
    cells, run = play.cells, play.run
    energy_j, time_s, target = cells.epoch_energy_j[path], cells.epoch_time_s[path], cells.target_epoch[path]
    epochs = float(play.max_epochs)
    if bound != math.inf:
        epoch_cost = weigh(energy_j, time_s, play.eta, cells.largest_limit_w[place])
        epochs = _affordable(bound, epoch_cost, target, epochs)
    run.reached = epochs > 0 and target <= epochs  # never, if the target epoch is NaN
    run.stopped = epochs < play.max_epochs and not run.reached
    if epochs == 0:
        run.energy_j = 0.0
        run.time_s = 0.0
        run.cost = 0.0
        return
    if run.reached:
        epochs = target
    if run.profiled:
        run.energy_j = cells.first_epoch_energy_j[place] + energy_j * (epochs - 1)
        run.time_s = cells.first_epoch_time_s[place] + time_s * (epochs - 1)
    else:
        run.energy_j = energy_j * epochs
        run.time_s = time_s * epochs
    run.cost = weigh(run.energy_j, run.time_s, play.eta, cells.max_power_w)


def _affordable(bound: float, epoch_cost: float, target: float, most: float) -> float:
    """Count the epochs that a bound pays for, ``min(bound // epoch_cost, most)``; the most if it pays for the target.

    The exact remainder is slow, and rarely needed: a quotient that was not rounded to a whole number was not rounded
    across one either.
    """
    quotient = bound / epoch_cost
    if quotient > most or quotient - 2 > target:  # whole epochs are paid for, but some traces' targets lie within one
        return most
    epochs = float(math.floor(quotient))
    return epochs if epochs < quotient else min(bound // epoch_cost, most)


def ran(run: Run) -> bool:
    """Whether anything ran at all: a run that cannot afford its first epoch does not."""
    return run.reached or run.energy_j != 0 or run.time_s != 0


def finish(play: Host, attempt: int, started_s: float, ended_s: float, ratio: float) -> int:
    """Keep the last run, which has ended, or add it to the totals; the ratio of its submission scales both."""
    energy_j = play.run.energy_j * ratio
    time_s = play.run.time_s * ratio
    cost = weigh(energy_j, time_s, play.eta, play.cells.max_power_w)
    if play.keeps_runs:
        return play.record(attempt, energy_j, time_s, cost, started_s, ended_s)
    add_run(play.totals, play.run, energy_j, time_s, cost, play.run.recurrence >= play.recurrences - LATE)
    play.count_configuration()
    return 0
