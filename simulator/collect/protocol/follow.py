"""Reading events from a file: as it grows, or all at once."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.collect.protocol.event import is_foreign, parse
from simulator.errors import EventError

if TYPE_CHECKING:
    import os

    import pandas as pd

    from simulator.collect.protocol.event import Event

__all__ = ["EVENTS_FILE", "Follower", "events_of", "read_events"]

#: Name of the file in a run's directory.
EVENTS_FILE = "events.jsonl"
log = logging.getLogger("simulator.collect")


class Follower:
    """Reads a file of events while others append to it.

    The last line is kept until its end is there. Lines that are no events (a crash tore them, or someone else wrote
    there) are passed over, counted and logged; kinds that this release does not know are passed over.

    Parameters
    ----------
    path
        The file; it need not exist yet.

    Examples
    --------
    >>> Follower("/nowhere/events.jsonl").poll()
    []
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        #: Lines that were no events.
        self.unreadable = 0
        self._read = 0
        self._rest = b""

    def poll(self) -> list[Event]:
        """Read what was appended since the last call.

        Returns
        -------
        list of Event
            In the order of the file.

        Raises
        ------
        EventError
            If the file became shorter, or speaks another version of the protocol.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(0, 2)
                if file.tell() < self._read:
                    raise EventError(f"{self.path} was cut while it was read; events are only ever appended")
                file.seek(self._read)
                new = file.read()
        except FileNotFoundError:
            return []
        self._read += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        return [event for line in lines if (event := self._event(line)) is not None]

    def _event(self, line: bytes) -> Event | None:
        if not line.strip():
            return None
        if is_foreign(line):
            self.unreadable += 1
            log.warning("%s: passed over a line of %d bytes that is no event", self.path, len(line))
            return None
        return parse(line, where=str(self.path))


def events_of(path: str | os.PathLike[str]) -> list[Event]:
    """Read all events of a run.

    Parameters
    ----------
    path
        The file, or the run's directory.

    Returns
    -------
    list of Event
        In the order of the file. A torn last line is left out.

    Raises
    ------
    EventError
        If there is no such file, or it speaks another version of the protocol.
    """
    path = Path(path)
    file = path / EVENTS_FILE if path.is_dir() else path
    if not file.is_file():
        raise EventError(f"no events at {file}; a run's directory has them in {EVENTS_FILE}")
    return Follower(file).poll()


def read_events(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read all events of a run as a table.

    Parameters
    ----------
    path
        The file, or the run's directory.

    Returns
    -------
    pandas.DataFrame
        One row per event, in the order of the file: `kind`, `epoch` (empty where there is none), `time_s` since the
        first event [s], `mono_ns`, `wall_ns` [ns], `pid`, `rank`, one column ``metrics.<name>`` per metric, and one
        per other thing that was said.

    Raises
    ------
    EventError
        As `events_of`.
    """
    import pandas as pd

    events = events_of(path)
    columns = ["kind", "epoch", "time_s", "mono_ns", "wall_ns", "pid", "rank"]
    rows = [_row(event, events[0].mono_ns) for event in events]
    columns += [name for name in dict.fromkeys(name for row in rows for name in row) if name not in columns]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"epoch": "Int64"})


def _row(event: Event, first_ns: int) -> dict[str, Any]:
    data = {name: value for name, value in event.data.items() if name not in ("epoch", "metrics", "not_finite")}
    said = {_text(name): _text(value) if isinstance(value, str) else value for name, value in data.items()}
    return {
        **said,  # first: whatever a script says, these columns mean the same everywhere
        **{f"metrics.{_text(name)}": value for name, value in event.metrics.items()},
        "kind": event.kind,
        "epoch": event.whole("epoch"),
        "time_s": (event.mono_ns - first_ns) / 1e9,
        "mono_ns": event.mono_ns,
        "wall_ns": event.wall_ns,
        "pid": event.pid,
        "rank": event.rank,
    }


def _text(text: str) -> str:
    """Spell out what is no character, as in a path that is not UTF-8: tables of pandas cannot hold it."""
    return text.encode(errors="backslashreplace").decode()
