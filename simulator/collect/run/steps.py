"""Counts steps of training, and the time that they took: what lies between epochs, and validation, is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.collect.protocol import Event

__all__ = ["LEAST_NS", "WARM_NS", "WARM_STEPS", "Piece", "Steps", "Stretch"]

#: A stretch of steps is measured from this many steps and this time on [ns], and lasts at least so long [ns].
WARM_STEPS, WARM_NS, LEAST_NS = 10, 5_000_000_000, 20_000_000_000


class Piece(NamedTuple):
    """Steps that were made without a break: from when to when [ns], and how many."""

    start_ns: int
    end_ns: int
    steps: int


@dataclass(frozen=True)
class Stretch:
    """Steps after the warm-up.

    Parameters
    ----------
    pieces
        Where they lie, in the order of time: one of each epoch, more if it is validated in between.
    """

    pieces: tuple[Piece, ...]

    @property
    def steps(self) -> int:
        """How many steps they are."""
        return sum(piece.steps for piece in self.pieces)

    @property
    def time_ns(self) -> int:
        """How long they took, without what lies between the pieces [ns]."""
        return sum(piece.end_ns - piece.start_ns for piece in self.pieces)


class Steps:
    """Steps of a run, as events come in.

    Steps count from a moment at which none is open: an epoch's start, the end of a validation, or a word about steps.
    Those told in a word were made since the word before it; where a break lies between the two, neither the steps nor
    the time count.
    """

    def __init__(self) -> None:
        self._told: list[Piece] = []
        self._since_ns: int | None = None
        self._of_epoch = 0
        self._first_ns: int | None = None

    def __bool__(self) -> bool:
        """Whether a word was said about steps."""
        return self._first_ns is not None

    def take(self, event: Event) -> None:
        """Take in one event."""
        if event.kind == "steps":
            self._first_ns = event.mono_ns if self._first_ns is None else self._first_ns
            self._count(event.mono_ns, event.whole("n") or 0)
        elif event.kind == "epoch_start":
            self._since_ns, self._of_epoch = event.mono_ns, 0
        elif event.kind == "train_end":
            self._end_training(event)
        elif event.kind == "eval_end":  # one whose start was not told lies somewhere since
            self._since_ns = event.mono_ns if self._since_ns is None else None
        elif event.kind in ("eval_start", "epoch_end", "run_start", "run_end"):
            self._since_ns = None

    def _count(self, now_ns: int, steps: int) -> None:
        if self._since_ns is not None:
            self._told.append(Piece(self._since_ns, now_ns, steps))
        self._since_ns = now_ns
        self._of_epoch += steps

    def _end_training(self, event: Event) -> None:
        """Count the steps that were not told before: those of the epoch, less those that were."""
        rest = (event.whole("steps") or 0) - self._of_epoch
        if rest > 0 and self._since_ns is not None:
            self._first_ns = event.mono_ns if self._first_ns is None else self._first_ns
            self._count(event.mono_ns, rest)
        self._since_ns = None

    def stretch(self) -> Stretch | None:
        """Find the steps after the warm-up; None if there are none."""
        warm = 0
        for at, piece in enumerate(self._told):
            warm += piece.steps
            if warm >= WARM_STEPS and piece.end_ns - (self._first_ns or 0) >= WARM_NS:
                after = _joined(self._told[at + 1 :])
                return Stretch(after) if after else None
        return None

    def times_s(self, start_ns: int, end_ns: int) -> list[float]:
        """Mean duration of a step between each two words about steps inside a window [s]."""
        return [
            (piece.end_ns - piece.start_ns) / piece.steps / 1e9
            for piece in self._told
            if piece.steps and start_ns <= piece.start_ns and piece.end_ns <= end_ns
        ]


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Join pieces that lie next to each other."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].end_ns == piece.start_ns:
            joined[-1] = Piece(joined[-1].start_ns, piece.end_ns, joined[-1].steps + piece.steps)
        else:
            joined.append(piece)
    return tuple(joined)
