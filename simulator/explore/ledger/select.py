"""Cells as people name them: by number, by identifier, by name, and by what they do not want.

==============  ===========================================================
pattern         cells
==============  ===========================================================
``12``          of row 12, as tables number them
``3:7``         of rows 3, 4, 5 and 6; either end may be left out
``3-7``         of rows 3 to 7
``0a1b``        whose identifier, or that of whose row, begins so, with 4 digits or more
``*gts*``       whose name is like this, with ``*``, ``?`` and ``[...]``
``eta=0.5``     whose row has this value, or one that begins so
``gts``         whose name, or a value of whose row, holds this
``!pattern``    not those
==============  ===========================================================

Names leave out what is a default, and tables do not; so who knows what tables say of rows hands that over.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

from simulator.errors import UnknownCellError, nearest
from simulator.explore.places import shown_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from simulator.explore.ledger.ledger import Ledger
    from simulator.explore.ledger.records import CellRow

    Shown = Callable[[Sequence[CellRow]], Mapping[int, Sequence[str]]]
    Test = Callable[[CellRow], bool]

__all__ = ["chosen", "resolve"]

_NUMBER = re.compile(r"[0-9]+")
_RANGE = re.compile(r"([0-9]*)([:-])([0-9]*)")
_PREFIX = re.compile(r"[0-9a-f]{4,64}")
#: How many names, or identifiers, a message shows.
_SHOWN = 5


def resolve(ledger: Ledger, grid: str, patterns: Iterable[str], shown: Shown | None = None) -> list[CellRow]:
    """Find the cells of a grid that patterns name, in plan order.

    Parameters
    ----------
    ledger
        The ledger.
    grid
        Name of the grid.
    patterns
        What any of them names is chosen, less what those with ``!`` name. Only the latter, or none: of all cells.
    shown
        Tells of cells what a table says of their rows, ``"field=value"`` each, by number of the row; asked if needed.

    Returns
    -------
    list of CellRow
        Without their contents.

    Raises
    ------
    UnknownCellError
        If there is no such grid, or a pattern names nothing, or its identifier is that of several cells.
    """
    return chosen(list(ledger.cells(grid)), patterns, shown)


def chosen(cells: Sequence[CellRow], patterns: Iterable[str], shown: Shown | None = None) -> list[CellRow]:
    """Choose cells by patterns; see `resolve`."""
    given = [pattern for pattern in patterns if pattern]
    told = _Told(cells, shown)
    wanted = [_named(told, pattern) for pattern in given if not pattern.startswith("!")]
    unwanted = [_named(told, pattern[1:]) for pattern in given if pattern.startswith("!")]
    kept: set[int] = set().union(*wanted) if wanted else set(range(len(cells)))
    kept -= set().union(*unwanted)
    return [cells[at] for at in sorted(kept)]


class _Told:
    """Cells, and what tables say of their rows, which is found out once, and only if it is asked for."""

    def __init__(self, cells: Sequence[CellRow], shown: Shown | None) -> None:
        self.cells = cells
        self._shown = shown

    @cached_property
    def texts(self) -> Mapping[int, Sequence[str]]:
        return self._shown(self.cells) if self._shown else {}


def _named(told: _Told, pattern: str) -> set[int]:
    """Find the places of the cells that a pattern names: rows before identifiers before values before names."""
    for way in _ways(pattern):
        if matches := way(told, pattern):
            found = {at for at, cell in enumerate(told.cells) if matches(cell)}
            if found and way is _by_id:
                found = _single(told.cells, found, pattern)
            if found:
                return found
    raise _unknown(told.cells, pattern)


def _ways(pattern: str) -> tuple[Callable[[_Told, str], Test | None], ...]:
    """Find out what a pattern can be; a number that is no row's is never part of a name, which would be a surprise."""
    if _RANGE.fullmatch(pattern) or _NUMBER.fullmatch(pattern):
        return _by_rows, _by_id
    return _by_id, _by_value, _by_start, _by_name


def _by_rows(told: _Told, pattern: str) -> Test | None:
    if _NUMBER.fullmatch(pattern):
        row = int(pattern)
        return lambda cell: cell.row == row
    match = _RANGE.fullmatch(pattern)
    if not match or match.group(0) in {":", "-"}:
        return None
    first = int(match[1] or 0)
    last = int(match[3]) + (match[2] == "-") if match[3] else len(told.cells)
    return lambda cell: first <= cell.row < last


def _by_id(_: _Told, pattern: str) -> Test | None:
    prefix = pattern.lower()
    return (lambda cell: prefix in _ids(cell, len(prefix))) if _PREFIX.fullmatch(prefix) else None


def _ids(cell: CellRow, digits: int) -> tuple[str, str]:
    """Tell how the identifiers of a cell and of its row begin."""
    return cell.id[:digits], cell.row_id[:digits]


def _by_value(told: _Told, pattern: str) -> Test | None:
    """``eta=0.2``: not ``beta=0.2``, and not ``eta=0.25`` if any is just 0.2."""
    rows = {row for row, texts in told.texts.items() if pattern in texts} if "=" in pattern else set()
    return (lambda cell: cell.row in rows) if rows else None


def _by_start(told: _Told, pattern: str) -> Test | None:
    """``traces=v100``: the value goes on with what nobody wants to write."""
    if "=" not in pattern:
        return None
    rows = {row for row, texts in told.texts.items() if any(text.startswith(pattern) for text in texts)}
    return (lambda cell: cell.row in rows) if rows else None


def _by_name(told: _Told, pattern: str) -> Test:
    likes = _like(pattern)
    rows = {
        row
        for row, texts in told.texts.items()
        if any(likes(part) for text in texts for part in (text, text.partition("=")[2]))
    }
    return lambda cell: cell.row in rows or likes(cell.name)


def _like(pattern: str) -> Callable[[str], bool]:
    if any(sign in pattern for sign in "*?["):
        return lambda text: fnmatchcase(text, pattern)
    return lambda text: pattern != "" and pattern in text


def _single(cells: Sequence[CellRow], found: set[int], pattern: str) -> set[int]:
    """Make sure that an identifier is that of one cell, or of one row, which is all of its cells."""
    prefix = pattern.lower()
    rows = {cells[at].row_id: at for at in sorted(found, reverse=True) if cells[at].row_id.startswith(prefix)}
    own = [at for at in sorted(found) if cells[at].id.startswith(prefix) and cells[at].id not in rows]
    if len(own) + len(rows) > 1:
        named = [f"{shown_id(cells[at].id)} ({cells[at].name})" for at in own]
        named += [f"{shown_id(row)} (row {cells[at].row})" for row, at in reversed(rows.items())]
        what = " and ".join(
            f"{len(each)} {word}{'s' * (len(each) > 1)}" for each, word in ((own, "cell"), (rows, "row")) if each
        )
        raise UnknownCellError(f"the identifiers of {what} begin with {pattern!r}: {_some(named)}; give more digits")
    return found


def _unknown(cells: Sequence[CellRow], pattern: str) -> UnknownCellError:
    if not cells:
        return UnknownCellError(f"no cell is called {pattern!r}: the grid is empty")
    rows = max(cell.row for cell in cells)
    names = list(dict.fromkeys(cell.name for cell in cells))
    return UnknownCellError(
        f"no cell is called {pattern!r}; there are rows 0 to {rows}, with names such as {_some(names)}"
        f"{nearest(pattern, names[:1000])}. A pattern is a row (3), rows (3:7), the first digits of an identifier, or a"
        " part of a name (with * and ? if you like)"
    )


def _some(words: Sequence[str]) -> str:
    return ", ".join(words[:_SHOWN]) + (", …" if len(words) > _SHOWN else "")
