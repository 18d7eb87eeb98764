"""One epoch: while it is told about, and when it is over.

Frameworks do not mean the same by the end of an epoch (read in their code): Hugging Face's Trainer ends it *before* it
validates, Keras and Lightning validate *within* it. So an epoch lasts from its start until whichever comes last of its
end and its validation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.collect.protocol.event import Event

__all__ = ["Epoch", "ToldEpoch"]


@dataclass(frozen=True)
class Epoch:
    """One epoch that is over.

    Parameters
    ----------
    number
        Which epoch of the run it is, counted from 1 whatever the script counts from.
    start_ns
        When it began, on the monotonic clock [ns].
    train_end_ns
        When training ended and the rest (validation, checkpoints) began; None if nobody said.
    eval_start_ns
        When its last validation began; None if nobody said.
    end_ns
        When all of it ended.
    steps, samples
        What training took; None if nobody said.
    metrics
        Metrics by name; of several values of one the last.
    reported
        Its number as the script reported it: may begin at 0, and begin again after a restart.
    evaluations
        How often it was validated.
    start_known
        Whether it is known when it began; if not, ``start_ns`` is the first word that was said in it.
    """

    number: int
    start_ns: int
    train_end_ns: int | None
    eval_start_ns: int | None
    end_ns: int
    steps: int | None = None
    samples: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    reported: int | None = None
    evaluations: int = 0
    start_known: bool = True


@dataclass
class ToldEpoch:
    """An epoch while it is told about.

    Parameters
    ----------
    start_ns
        When it began [ns].
    reported
        Its number as the script reported it.
    begun
        Whether its start was told. If not, it is one only once its end is told: validation alone makes no epoch.
    start_known
        Whether it is known when it began: its start was told, or the end of the one before.
    """

    start_ns: int
    reported: int | None
    begun: bool = True
    start_known: bool = True
    train_end_ns: int | None = None
    eval_start_ns: int | None = None
    eval_end_ns: int | None = None
    epoch_end_ns: int | None = None
    over_ns: int | None = None
    steps: int | None = None
    samples: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    evaluations: int = 0
    #: By the kind of event, which number it gave to the epoch.
    named: dict[str, int | None] = field(default_factory=dict)
    #: What was said about it, its start included.
    events: list[Event] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Take in what was said about it."""
        number = event.whole("epoch")
        self.named[event.kind] = number
        self.events.append(event)
        self.metrics |= event.metrics
        if event.kind == "train_end":
            self.train_end_ns = event.mono_ns
            self.steps = event.whole("steps") or self.steps
            self.samples = event.whole("samples") or self.samples
        elif event.kind == "eval_start":
            self.eval_start_ns = event.mono_ns
        elif event.kind == "eval_end":
            self.eval_end_ns = event.mono_ns
            self.evaluations += 1
        elif event.kind == "epoch_end" and self.epoch_end_ns is None:
            self.epoch_end_ns = event.mono_ns
            self.reported = number if self.reported is None else self.reported

    def add_late(self, event: Event) -> None:
        """Take in what was said about it when the next had begun already: it ended when it ended."""
        self.events.append(event)
        self.metrics |= event.metrics
        self.evaluations += event.kind == "eval_end"

    def is_named_by(self, event: Event) -> bool:
        """Whether an event gives the number of this epoch, as others of its kind did, if there were any."""
        number = event.whole("epoch")
        return number is not None and number == self.reported and self.named.get(event.kind, number) == number

    @property
    def ended(self) -> bool:
        """Whether its end was told; its validation may still follow."""
        return self.epoch_end_ns is not None

    @property
    def end_ns(self) -> int | None:
        """When all of it ended; None if nobody said."""
        if self.epoch_end_ns is not None:
            return max(self.epoch_end_ns, self.eval_end_ns or 0)
        if not self.begun:
            return None
        return self.over_ns if self.eval_end_ns is None else self.eval_end_ns

    def as_epoch(self, number: int, end_ns: int) -> Epoch:
        """Give what is known of it, once it ended."""
        return Epoch(
            number,
            self.start_ns,
            self._trained_ns(),
            self.eval_start_ns,
            end_ns,
            self.steps,
            self.samples,
            dict(self.metrics),
            self.reported,
            self.evaluations,
            self.start_known,
        )

    def _trained_ns(self) -> int | None:
        """When training ended: as said, else when the rest began."""
        if self.train_end_ns is not None:
            return self.train_end_ns
        ended_ns = self.epoch_end_ns
        if ended_ns is not None and ended_ns > (self.eval_end_ns or 0):  # validated within the epoch, if at all
            ended_ns = None
        return min((ns for ns in (self.eval_start_ns, ended_ns) if ns is not None), default=None)
