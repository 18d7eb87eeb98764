"""A sweep while it runs, for a person at a terminal: how far, how fast, how long still, and the table so far."""

from __future__ import annotations

import time as clock
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulator.cli.cells import time
from simulator.errors import SimulatorError
from simulator.explore.states import PENDING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from rich.console import Console, Group, RenderableType
    from rich.text import Text

    from simulator.explore.driver import Snapshot

__all__ = ["Picture", "following"]

#: Pictures are at least this far apart [s].
_EVERY_S = 0.2

#: Reading the table takes at most this share of the time.
_SHARE = 0.1

#: The table is read at most this often [s].
_TABLE_S = 2.0

#: Lines beside the table's rows.
_OTHER_LINES = 10

#: Rates from here on are written as whole numbers [1/s].
_MANY = 10

#: Failures that are named.
_LISTED = 3

_STYLES = {"done": "green", "running": "cyan", "failed": "bold red", "blocked": "red", "stopped": "yellow"}


@contextmanager
def following(
    folder: Path, *, quiet: bool, reading: Mapping[str, Any] | None = None, console: Console | None = None
) -> Iterator[Callable[[Snapshot], None] | None]:
    """Offer a function to call with each snapshot; it draws on stderr, if that is a terminal.

    Parameters
    ----------
    folder
        The sweep's folder, for the table.
    quiet
        Whether to draw nothing.
    reading
        How to read the table.
    console
        Where to draw; stderr by default.

    Yields
    ------
    callable or None
        None where nothing is drawn.
    """
    from rich.live import Live

    from simulator.cli.terminal import can_move
    from simulator.cli.terminal import console as new_console

    if quiet or not (can_move(err=True) if console is None else console.is_terminal):
        yield None
        return
    console = console or new_console(err=True)
    picture = Picture(folder, reading or {})
    with Live(console=console, auto_refresh=False, transient=True, vertical_overflow="crop") as live:

        def tell(snapshot: Snapshot) -> None:
            if picture.due():
                live.update(picture.of(snapshot, console), refresh=True)

        yield tell


class Picture:
    """Draws snapshots; it reads the table now and then.

    Parameters
    ----------
    folder
        The sweep's folder.
    reading
        How to read the table.
    """

    def __init__(self, folder: Path, reading: Mapping[str, Any]) -> None:
        self._folder = folder
        self._reading = dict(reading)
        self._drawn = self._read = -float("inf")
        self._took_s = 0.0
        self._shown: Any = None
        self._note = ""
        self._energy_j: float | None = None

    def due(self) -> bool:
        """Whether the last picture is old enough for another one."""
        now = clock.monotonic()
        if now - self._drawn < _EVERY_S:
            return False
        self._drawn = now
        return True

    def of(self, snapshot: Snapshot, console: Console) -> Group:
        """Draw a snapshot.

        Parameters
        ----------
        snapshot
            What the driver tells.
        console
            Where it is to be drawn.
        """
        from rich.console import Group
        from rich.text import Text

        from simulator.cli.grid.report import own_costs

        self._look(snapshot.grid)
        parts: list[RenderableType] = [_head(snapshot), _bar(snapshot, console.width), _states(snapshot)]
        if self._shown is not None and self._shown.columns:
            parts += [Text(self._note, style="bold yellow")] if self._note else [Text("")]
            parts += self._table(console, len(snapshot.failures))
        parts += [
            Text(f"{each.name} failed: {each.error}", style="red", no_wrap=True, overflow="ellipsis")
            for each in snapshot.failures[-_LISTED:]
        ]
        parts.append(Text(own_costs(snapshot, energy_j=self._energy_j), style="dim", no_wrap=True, overflow="ellipsis"))
        return Group(*parts)

    def _table(self, console: Console, n_failures: int) -> list[RenderableType]:
        """Draw as many rows as there is room for; those that have begun come first."""
        from rich.text import Text

        from simulator.cli.grid.look import as_text, fitted

        room = max(console.height - _OTHER_LINES - min(n_failures, _LISTED), 3)
        lines = len(self._shown.columns[0].texts)
        if lines <= room:
            return [as_text(fitted(self._shown, console.width))]
        states = next((each.texts for each in self._shown.columns if each.headings[-1] == "state"), ["done"] * lines)
        begun = sorted(range(lines), key=lambda at: states[at] == PENDING)
        shown = self._shown.lines(sorted(begun[:room]))
        return [as_text(fitted(shown, console.width)), Text(f"and {lines - room:,} more rows", style="dim")]

    def _look(self, grid: str) -> None:
        """Read the table again, unless that was lately; a sweep goes on without its picture."""
        now = clock.monotonic()
        if now - self._read < max(_TABLE_S, self._took_s / _SHARE):
            return
        from simulator.cli.grid.reading import overview_of
        from simulator.cli.grid.report import simulated
        from simulator.explore.read.summary import data_note
        from simulator.explore.read.table import table_of  # noqa: F401  # loaded now, so that reading alone is timed

        now = clock.monotonic()
        try:
            table, self._shown = overview_of(self._folder, grid, **self._reading)
        except (SimulatorError, OSError):
            self._shown = None
        else:
            self._note = data_note(table)
            self._energy_j = simulated(table).get("energy_j")
        self._read = clock.monotonic()
        self._took_s = self._read - now


def _head(snapshot: Snapshot) -> Text:
    from rich.text import Text

    counts = snapshot.counts
    ended = counts.total - counts.left
    words = [f"{ended:,} of {counts.total:,} cells on {snapshot.executor}"]
    if snapshot.rate_per_s is not None and counts.left:
        words.append(f"{_rate(snapshot.rate_per_s)} a second")
    if counts.left:
        seconds = snapshot.forecast.seconds
        words.append("time left not known yet" if seconds is None else f"about {time(seconds)} left")
    return Text.assemble((snapshot.grid, "bold"), f"  {'; '.join(words)}", no_wrap=True, overflow="ellipsis")


def _rate(per_s: float) -> str:
    return f"{per_s:,.0f}" if per_s >= _MANY else f"{per_s:.2g}"


def _bar(snapshot: Snapshot, width: int) -> Text:
    """Draw all cells as one line: what is done, what runs, what failed, and the rest."""
    from rich.text import Text

    counts = snapshot.counts
    bar = Text(no_wrap=True)
    room = min(width, 80)
    drawn = 0
    so_far = 0
    for state in ("done", "stopped", "cancelled", "failed", "blocked", "running"):
        so_far += getattr(counts, state)
        end = round(room * so_far / counts.total) if counts.total else 0
        bar.append("━" * (end - drawn), _STYLES.get(state, "dim"))
        drawn = end
    return bar.append("─" * (room - drawn), "dim")


def _states(snapshot: Snapshot) -> Text:
    from rich.text import Text

    from simulator.explore.states import STATES

    said = [(f"{getattr(snapshot.counts, state):,} {state}", _STYLES.get(state, "")) for state in STATES]
    shown = [each for each in said if not each[0].startswith("0 ")]
    line = Text(no_wrap=True, overflow="ellipsis")
    for at, (text, style) in enumerate(shown):
        line.append("  " if at else "").append(text, style)
    return line
