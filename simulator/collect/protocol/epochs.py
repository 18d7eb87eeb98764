"""From what a training script said to its epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.collect.events import BOUNDARIES
from simulator.collect.protocol.epoch import ToldEpoch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.collect.protocol.epoch import Epoch
    from simulator.collect.protocol.event import Event

__all__ = ["epochs_of", "settled_epochs"]


class _Run:
    """Epochs of one run, as events come in."""

    def __init__(self, last_ns: dict[int, int]) -> None:
        self.last_ns = last_ns
        self.over: list[ToldEpoch] = []
        self.open: ToldEpoch | None = None
        self.pid: int | None = None
        self.since_ns = 0
        #: Whether that is where an epoch begins, and not just the first word.
        self.since_known = False
        #: Whether the script says when epochs begin; otherwise one begins where the one before ended.
        self.begins = False

    def follows(self, event: Event) -> bool:
        """Whether the event's process is the one that trains: the first, until another begins after its last word."""
        if self.pid is None:
            self.pid, self.since_ns = event.pid, event.mono_ns
        elif event.kind in ("run_start", "epoch_start") and self.last_ns[self.pid] < event.mono_ns:
            self.close()
            self.pid, self.since_ns = event.pid, event.mono_ns
        return event.pid == self.pid

    def add(self, event: Event) -> None:
        """Take in one event."""
        if event.kind in ("run_start", "run_end"):
            self.close()
            self.since_ns = event.mono_ns
            self.since_known = event.kind == "run_start" and not event.data.get("assumed")
        elif event.kind == "epoch_start":
            self._begin(event)
        elif self._is_late(event):
            self.over[-1].add_late(event)
        elif event.kind == "epoch_end":
            self._end(event)
        elif (epoch := self._validated(event)) is not None:
            epoch.add(event)

    def close(self, over_ns: int | None = None) -> None:
        """End the epoch that is open, if it is known to have ended."""
        if self.open is not None:
            self.open.over_ns = over_ns
            if self.open.end_ns is not None:
                self.over.append(self.open)
                self.since_ns, self.since_known = self.open.end_ns, True
        self.open = None

    def _begin(self, event: Event) -> None:
        number = event.whole("epoch")
        again = self.open is not None and self.open.begun and not self.open.named and self.open.reported == number
        if again and number is not None:
            return  # another rank prints the same
        self.close(event.mono_ns)
        self.open = ToldEpoch(event.mono_ns, number, events=[event])
        self.begins = True

    def _is_late(self, event: Event) -> bool:
        """Whether an event names the epoch before the one that is open; between epochs, only its end said again."""
        if not self.over or (self.open is None and event.kind != "epoch_end"):
            return False
        if self.open is not None and event.whole("epoch") == self.open.reported:
            return False
        return self.over[-1].is_named_by(event)

    def _end(self, event: Event) -> None:
        number = event.whole("epoch")
        if self.open is None or self.open.ended:
            if number is None and self.begins:
                return  # said again
            if self.open is None or number is None or number != self.open.reported:
                self._open_next()
        if self.open is not None:
            self.open.add(event)

    def _validated(self, event: Event) -> ToldEpoch | None:
        """Find the epoch that training or validation belongs to; None if it is none's."""
        epoch = self.open
        if epoch is not None:
            if not epoch.ended:
                return epoch
            number = event.whole("epoch")
            named = number is not None and number == epoch.reported
            may_be = not epoch.evaluations and (number is None or self.begins)
            if event.kind != "train_end" and (named or may_be):
                return epoch
        return None if self.begins else self._open_next()

    def _open_next(self) -> ToldEpoch:
        """Begin an epoch where the one before ended."""
        self.close()
        self.open = ToldEpoch(self.since_ns, None, begun=False, start_known=self.since_known)
        return self.open


def epochs_of(events: Iterable[Event], *, over: bool = False) -> list[Epoch]:
    """Find the epochs that are over.

    Only the first rank counts, and one process: the first, or one that begins after its last word, as after a restart.

    ===================  =============================================================================================
    What is said         What it means
    ===================  =============================================================================================
    epoch_start          The epoch before is over, and one begins. Said again with the same number at once: nothing.
    epoch_end            The epoch ends, but for its validation. One that nobody began lasts since the one before, and
                         the first since run_start; without, it is not known when that began (``start_known``).
    validation           It is of the epoch that is open, and so are train_end and what else is told.
    validation after     It is of the epoch that ended, if it was not validated within, or is named; else of the next
    the epoch's end      if nobody says when epochs begin, and otherwise of none: a test of what was trained.
    the epoch before,    Late validation, or another rank: metrics for the epoch before, whose end stays where it was.
    named by number
    run_start, run_end   What is open is over; validation until an epoch begins is none's.
    ===================  =============================================================================================

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
    run = _followed(_telling(events))
    if run.open is not None and (over or run.open.ended):
        run.close()
    return _as_epochs(run.over)


def settled_epochs(events: Iterable[Event]) -> tuple[list[Epoch], list[Event]]:
    """Find the epochs that nothing can change any more, for whoever follows a run of many.

    Parameters
    ----------
    events
        Events of one run so far.

    Returns
    -------
    epochs : list of Epoch
        Epochs that are over, and were not the last of those that are: it may still be validated late.
    rest : list of Event
        All events that may matter still. `epochs_of` them and of what comes later is what is still to be known.
    """
    telling = _telling(events)
    run = _followed(telling)
    kept = max((at for at, epoch in enumerate(run.over) if epoch.begun), default=0)
    put_away = {id(event) for epoch in run.over[:kept] for event in epoch.events}
    first = next((at for at, event in enumerate(telling) if kept and event is run.over[kept].events[0]), 0)
    return _as_epochs(run.over[:kept]), [event for event in telling[first:] if id(event) not in put_away]


def _telling(events: Iterable[Event]) -> list[Event]:
    """Events of the first rank that tell of epochs, in the order of time."""
    return sorted((e for e in events if e.rank == 0 and e.kind in BOUNDARIES), key=lambda event: event.mono_ns)


def _followed(telling: list[Event]) -> _Run:
    run = _Run({event.pid: event.mono_ns for event in telling})
    for event in telling:
        if run.follows(event):
            run.add(event)
    return run


def _as_epochs(told: list[ToldEpoch]) -> list[Epoch]:
    ended = [(epoch, epoch.end_ns) for epoch in told]
    return [epoch.as_epoch(number, end_ns) for number, (epoch, end_ns) in enumerate(ended, 1) if end_ns is not None]
