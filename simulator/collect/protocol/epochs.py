"""From what a training script said to its epochs.

Frameworks do not mean the same by the end of an epoch (read in their code): Hugging Face's Trainer ends it *before* it
validates, Keras and Lightning validate *within* it, Lightning validates once before the first. So an epoch lasts from
its start until whichever comes last of its end and its validation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.collect.events import BOUNDARIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.collect.protocol.event import Event

__all__ = ["Epoch", "epochs_of"]


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


@dataclass
class _Open:
    """An epoch while it is told about."""

    start_ns: int
    reported: int | None
    train_end_ns: int | None = None
    eval_start_ns: int | None = None
    eval_end_ns: int | None = None
    epoch_end_ns: int | None = None
    over_ns: int | None = None
    steps: int | None = None
    samples: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    evaluations: int = 0

    def add(self, event: Event) -> None:
        """Take in what was said about it."""
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

    def closed(self, number: int) -> Epoch | None:
        """Give the epoch; None if it never ended."""
        end_ns = self.over_ns if self.eval_end_ns is None else self.eval_end_ns
        if self.epoch_end_ns is not None:
            end_ns = max(self.epoch_end_ns, self.eval_end_ns or 0)
        if end_ns is None:
            return None
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
        )

    def _trained_ns(self) -> int | None:
        """When training ended: as said, else when the rest began."""
        if self.train_end_ns is not None:
            return self.train_end_ns
        ended_ns = self.epoch_end_ns
        if ended_ns is not None and ended_ns > (self.eval_end_ns or 0):  # validated within the epoch, if at all
            ended_ns = None
        return min((ns for ns in (self.eval_start_ns, ended_ns) if ns is not None), default=None)


class _Run:
    """Epochs of one run, as events come in."""

    def __init__(self, last_ns: dict[int, int]) -> None:
        self.last_ns = last_ns
        self.epochs: list[Epoch] = []
        self.pid: int | None = None
        self.since_ns = 0
        self.open: _Open | None = None

    def follows(self, event: Event) -> bool:
        """Whether the event's process is the one that trains: the first, until another begins after its last word."""
        if self.pid is None:
            self.pid, self.since_ns = event.pid, event.mono_ns
        elif event.pid != self.pid and self.last_ns[self.pid] < event.mono_ns:
            self.close()
            self.pid, self.since_ns = event.pid, event.mono_ns
        return event.pid == self.pid

    def close(self, over_ns: int | None = None) -> None:
        """End the epoch that is open, if it is known to have ended."""
        if self.open is not None and (self.open.epoch_end_ns or self.open.eval_end_ns or over_ns):
            self.open.over_ns = over_ns
            epoch = self.open.closed(len(self.epochs) + 1)
            if epoch is not None:
                self.epochs.append(epoch)
                self.since_ns = epoch.end_ns
        self.open = None

    def add(self, event: Event) -> None:
        """Take in one event."""
        if event.kind == "run_start":
            self.close()
            self.since_ns = event.mono_ns
        elif event.kind == "run_end":
            self.close()
        elif event.kind == "epoch_start":
            self.close(event.mono_ns)
            self.open = _Open(event.mono_ns, event.whole("epoch"))
        elif event.kind == "epoch_end" and self._is_another(event):
            self.close()  # a job's output often says only when epochs end
            self.open = _Open(self.since_ns, event.whole("epoch"))
            self.open.add(event)
        elif self.open is not None:
            self.open.add(event)

    def _is_another(self, event: Event) -> bool:
        """Whether an epoch ends that nobody saw begin."""
        if self.open is None:
            return True
        return self.open.epoch_end_ns is not None and (
            self.open.reported is None or event.whole("epoch") != self.open.reported
        )


def epochs_of(events: Iterable[Event], *, over: bool = False) -> list[Epoch]:
    """Find the epochs that are over.

    Only the first rank counts, and one process: the first, or one that begins after its last word, as after a restart.
    Validation before the first epoch or after the run is none of an epoch's.

    Parameters
    ----------
    events
        Events of one run.
    over
        Whether nothing more will come: then validation ends the last epoch too, if its end was never told.

    Returns
    -------
    list of Epoch
        In the order of time. While a run goes on, the last may still get its validation.

    Examples
    --------
    >>> from simulator.collect.protocol import Event
    >>> said = [("epoch_start", 1.0), ("train_end", 3.0), ("epoch_end", 3.5), ("epoch_start", 4.0)]
    >>> events = [Event(kind, int(time_s * 1e9), 0, 42, 0) for kind, time_s in said]
    >>> [(epoch.number, (epoch.end_ns - epoch.start_ns) / 1e9) for epoch in epochs_of(events)]
    [(1, 2.5)]
    """
    telling = sorted((e for e in events if e.rank == 0 and e.kind in BOUNDARIES), key=lambda event: event.mono_ns)
    run = _Run({event.pid: event.mono_ns for event in telling})
    for event in telling:
        if run.follows(event):
            run.add(event)
    last = run.open
    if last is not None and (last.epoch_end_ns is not None or (over and last.eval_end_ns is not None)):
        run.close()
    return run.epochs
