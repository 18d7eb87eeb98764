"""What a schedule yields: runs in the order in which they end."""

from __future__ import annotations

from typing import NamedTuple

from simulator.replay.run import Outcome  # noqa: TC001  (a field's type, looked up when the tuple is read)

__all__ = ["Record"]


class Record(NamedTuple):
    """A run with its place in the replay.

    Parameters
    ----------
    recurrence
        Which recurrence, or submission, it belongs to, from 0.
    attempt
        Which try of it, from 1.
    outcome
        What it came to.
    started_s, ended_s
        When it ran [s], from the start of the replay, or on the clock of the cluster's trace.
    ratio
        Length of this submission relative to the recorded runs; scales what the run has used up.
    """

    recurrence: int
    attempt: int
    outcome: Outcome
    started_s: float
    ended_s: float
    ratio: float = 1.0
