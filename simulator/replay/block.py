"""What replays came to, as arrays: the form that every engine hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulator.replay.event import EventPlay

__all__ = ["EXPLAINED", "REPLAY_REALS", "REPLAY_WHOLES", "RUN_REALS", "RUN_WHOLES", "Block", "Played"]

#: Whole and real numbers that are kept of a run; batch size and power limit by their positions.
RUN_WHOLES = ("recurrence", "attempt", "batch_size", "power_limit_w", "reached", "profiled")
RUN_REALS = ("energy_j", "time_s", "cost", "started_s", "ended_s")

#: Those of a replay, with how many runs are kept of it.
REPLAY_WHOLES = ("status", "n_kept", "recurrences", "runs", "retries", "early_stops", "recurrences_to_oracle")
REPLAY_REALS = ("energy_j", "time_s", "cost", "late_energy_j", "late_time_s", "late_cost")


#: Failures of a setting that are told in words where only sums are kept; the others are counted.
EXPLAINED = 100


@dataclass
class Played:
    """Replays of one plan, seed after seed.

    Parameters
    ----------
    run_wholes, run_reals
        All runs that were kept, one replay behind another, shape (n_kept, len(RUN_WHOLES)) and (n_kept,
        len(RUN_REALS)).
    replay_wholes, replay_reals
        The replays, shape (n, len(REPLAY_WHOLES)) and (n, len(REPLAY_REALS)).
    configurations
        How often each batch size and power limit ran, shape (n_sizes · n_limits,).
    errors
        Why replays broke off, by their position; not of all where only sums are kept.
    """

    run_wholes: NDArray[np.int64]
    run_reals: NDArray[np.float64]
    replay_wholes: NDArray[np.int64]
    replay_reals: NDArray[np.float64]
    configurations: NDArray[np.int64]
    errors: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plays: Sequence[EventPlay], errors: dict[int, str]) -> Played:
        """Collect replays of the event engine."""
        wholes = [row[: len(RUN_WHOLES)] for play in plays for row in play.rows]
        reals = [row[len(RUN_WHOLES) :] for play in plays for row in play.rows]
        replays = [(-1 if i in errors else 0, len(play.rows), *_wholes(play)) for i, play in enumerate(plays)]
        return cls(
            np.array(wholes, np.int64).reshape(-1, len(RUN_WHOLES)),
            np.array(reals, np.float64).reshape(-1, len(RUN_REALS)),
            np.array(replays, np.int64),
            np.array([_reals(play) for play in plays], np.float64),
            np.sum([play.configurations for play in plays], axis=0, dtype=np.int64),
            errors,
        )


class Block(NamedTuple):
    """Replays of neighbouring seeds.

    Parameters
    ----------
    first, n
        The first of the seeds and how many.
    plans
        What each plan came to.
    """

    first: int
    n: int
    plans: list[Played]


def _wholes(play: EventPlay) -> tuple[int, ...]:
    totals = play.totals
    return totals.recurrences, totals.runs, totals.retries, totals.early_stops, totals.recurrences_to_oracle


def _reals(play: EventPlay) -> tuple[float, ...]:
    totals = play.totals
    return (
        totals.energy_j,
        totals.time_s,
        totals.cost,
        totals.late_energy_j,
        totals.late_time_s,
        totals.late_cost,
    )
