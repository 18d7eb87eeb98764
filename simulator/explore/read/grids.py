"""Which grid of a folder is meant, and which of its cells; nothing heavy is loaded for it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from simulator.errors import UnknownCellError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.explore.ledger import Ledger
    from simulator.explore.ledger.records import CellRow

__all__ = ["chosen", "meant", "nested_in", "one_grid", "plain", "shown_of"]

#: How a configuration within another is written in its content.
_NESTED = re.compile(r'"config":\s*"([0-9a-f]{64})"')


def one_grid(ledger: Ledger, grid: str | None) -> str:
    """Name the grid that is meant: the one named, or the only one there is.

    Raises
    ------
    UnknownCellError
        If there is none of this name, or nobody says which of several.
    """
    names = [each.name for each in ledger.grids()]
    if grid is None and len(names) == 1:
        return names[0]
    there = f"{ledger.folder} has {', '.join(names) or 'none'}"
    if grid is None:
        raise UnknownCellError(f"no grid is named; {there}; " + ("say name=..." if names else "run a plan first"))
    if grid not in names:
        raise UnknownCellError(f"no grid is called {grid!r}; {there}{nearest(grid, names)}")
    return grid


def meant(ledger: Ledger, grid: str | None, patterns: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Tell the name of a grid from patterns of cells: the first word may be one, or the file of its plan.

    Parameters
    ----------
    ledger
        Where the grids are.
    grid
        Name of the grid, if it was said; then all words are patterns.
    patterns
        What else was said.

    Raises
    ------
    UnknownCellError
        If there is no such grid, or nobody says which of several.
    """
    if grid is None and patterns:
        first = patterns[0].removesuffix(".py")
        if first in [each.name for each in ledger.grids()]:
            return first, patterns[1:]
    return one_grid(ledger, grid), patterns


def chosen(ledger: Ledger, grid: str, patterns: Sequence[str] = (), *, content: bool = False) -> list[CellRow]:
    """List the cells of a grid that patterns choose, in the order of the plan; without patterns all.

    Raises
    ------
    UnknownCellError
        If a pattern chooses nothing.
    """
    if not patterns:
        return list(ledger.cells(grid, content=content))
    from simulator.explore.ledger.select import resolve

    found = resolve(ledger, grid, patterns, shown_of(ledger, grid))
    if not content:
        return list(found)
    return list(ledger.cells(grid, content=True, ids=[cell.id for cell in found]))


def shown_of(ledger: Ledger, grid: str) -> Callable[[Sequence[CellRow]], dict[int, list[str]]]:
    """Make a function that says of the rows of cells what the table of their grid does, ``"field=value"`` each."""

    def shown(cells: Sequence[CellRow]) -> dict[int, list[str]]:
        from simulator.explore.read.values import flat, varying

        firsts = list({cell.row: cell.id for cell in reversed(cells)}.values())
        rows = list(ledger.cells(grid, content=True, ids=firsts))
        nested = nested_in(ledger, rows)
        fields = [flat(plain(cell.content), nested.get) for cell in rows]
        names = varying(fields)
        return {
            cell.row: [f"{name}={values[name]}" for name in names if name in values]
            for cell, values in zip(rows, fields, strict=True)
        }

    return shown


def plain(text: Any) -> dict[str, Any]:
    """Read what the ledger keeps as JSON text; nothing is an empty document."""
    if isinstance(text, str):
        text = json.loads(text) if text else {}
    return dict(text or {})


def nested_in(ledger: Ledger, cells: Sequence[CellRow]) -> dict[str, dict[str, Any]]:
    """Find the contents of all configurations within cells, at any depth."""
    found: dict[str, dict[str, Any]] = {}
    wanted = {each for cell in cells for each in _NESTED.findall(cell.content or "")}
    while wanted:
        texts = ledger.contents(sorted(wanted))
        found |= {each: plain(text) for each, text in texts.items()}
        wanted = {each for text in texts.values() for each in _NESTED.findall(text)} - set(found)
    return found
