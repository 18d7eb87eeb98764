"""What is known of a run once its script has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.collect.run.ending import Verdict
    from simulator.collect.run.progress import Progress

__all__ = ["Followed"]


@dataclass
class Followed:
    """What is known of a run once its script has ended.

    Parameters
    ----------
    progress
        What it reported.
    verdict
        What it counts as.
    why
        Why it was not followed any longer, see `Ending`.
    pids
        Every process that it had.
    notes
        What is to be said, in words for people.
    """

    progress: Progress
    verdict: Verdict
    why: str
    pids: frozenset[int] = frozenset()
    notes: list[str] = field(default_factory=list)
