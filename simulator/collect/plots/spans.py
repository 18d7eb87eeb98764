"""Where the epochs of a run lie in time, and what is to be said against each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.collect.protocol import Event, epochs_of, events_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from simulator.collect.result import RunResult

__all__ = ["Span", "events_in", "flagged", "spans_of", "spans_of_result", "start_ns"]


@dataclass(frozen=True)
class Span:
    """One epoch.

    Parameters
    ----------
    number
        Which, from 1.
    start_ns, end_ns
        When it began and ended, on the monotonic clock [ns].
    train_end_ns
        When its training ended, and validation began; `end_ns` if nobody said.
    flags
        What is to be said against its measurement, in the words of `simulator.collect.energy.FLAGS`.
    """

    number: int
    start_ns: int
    end_ns: int
    train_end_ns: int
    flags: tuple[str, ...] = ()


def events_in(events: Iterable[Event] | pd.DataFrame | str | os.PathLike[str]) -> list[Event]:
    """Take events as `read_events`, `Follower` or a file has them."""
    import os

    import pandas as pd

    if isinstance(events, (str, os.PathLike)):
        return events_of(events)
    if not isinstance(events, pd.DataFrame):
        return list(events)
    heads = events[["kind", "mono_ns", "wall_ns", "pid", "rank"]].to_dict("records")
    numbers = events["epoch"] if "epoch" in events else [None] * len(heads)
    return [
        Event(
            **{str(name): value for name, value in head.items()}, data={} if pd.isna(number) else {"epoch": int(number)}
        )
        for head, number in zip(heads, numbers, strict=True)
    ]


def spans_of(events: Sequence[Event]) -> list[Span]:
    """Find the epochs that events tell of."""
    return [
        Span(epoch.number, epoch.start_ns, epoch.end_ns, epoch.train_end_ns or epoch.end_ns)
        for epoch in epochs_of(events, over=True)
    ]


def spans_of_result(result: RunResult) -> list[Span]:
    """List the epochs of a run that is made, with their flags."""
    return [
        Span(
            epoch.number,
            epoch.whole.start_ns,
            epoch.whole.end_ns,
            epoch.whole.end_ns if epoch.train is None else epoch.train.end_ns,
            epoch.whole.flags,
        )
        for epoch in result.epochs
        if epoch.whole is not None
    ]


def start_ns(events: Sequence[Event], spans: Sequence[Span]) -> int | None:
    """Tell when the run began: by its own word, else with its first epoch [ns]; None if nobody knows."""
    begun = [event.mono_ns for event in events if event.kind == "run_start" and event.rank == 0]
    return min([*begun[:1], *(span.start_ns for span in spans[:1])], default=None)


def flagged(spans: Sequence[Span]) -> list[str]:
    """Say which epochs carry which flags.

    Examples
    --------
    >>> flagged([Span(n, 0, 1, 1, ("gap",) if n > 1 else ()) for n in (1, 2, 3, 5)])
    ['! gap: epochs 2, 3, 5']
    """
    by_flag: dict[str, list[int]] = {}
    for span in spans:
        for flag in span.flags:
            by_flag.setdefault(flag, []).append(span.number)
    return [f"! {flag}: epoch{'' if len(at) == 1 else 's'} {_ranges(at)}" for flag, at in sorted(by_flag.items())]


def _ranges(numbers: Sequence[int]) -> str:
    """Write numbers down, three and more in a row as a range."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
