"""Rows against a baseline that met the same seeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import ConfigError
from simulator.explore.read.intervals import changes_pct
from simulator.explore.read.naming import change_ends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.explore.read.measures import Measured
    from simulator.explore.read.rows import Rows

__all__ = ["against", "baselines"]


def baselines(rows: Rows, baseline: Mapping[str, Any]) -> list[int]:
    """Find for each row the one that it is compared with; -1 where there is none.

    Parameters
    ----------
    rows
        The rows.
    baseline
        Values of fields by name; text stands for any value that is written so.

    Raises
    ------
    ConfigError
        If a field does not vary, or no row has all the values.
    """
    if unknown := [name for name in baseline if name not in rows.varied]:
        raise ConfigError(
            f"baseline: {', '.join(unknown)} does not vary in this grid; there are {', '.join(rows.varied) or 'none'}"
        )
    found: dict[tuple[object, ...], int] = {}
    others = [name for name in rows.varied if name not in baseline]
    keys = [tuple(each.get(name) for name in others) for each in rows.fields]
    for row, each in enumerate(rows.fields):
        if all(each.get(name) == value or str(each.get(name)) == str(value) for name, value in baseline.items()):
            found.setdefault(keys[row], row)
    if not found:
        said = ", ".join(f"{name}={value}" for name, value in baseline.items())
        values = "; ".join(
            f"{name}: {', '.join(dict.fromkeys(str(each.get(name)) for each in rows.fields))}" for name in baseline
        )
        raise ConfigError(f"baseline: no row has {said}; there are {values}")
    return [found.get(key, -1) for key in keys]


def against(
    rows: Rows, found: Measured, baseline: Mapping[str, Any], names: Mapping[str, str], *, confidence: float
) -> dict[str, Any]:
    """Compare each row with its baseline, seed by seed.

    Parameters
    ----------
    rows, found
        The rows, and what their cells measure.
    baseline
        Values of fields by name.
    names
        What the measures are called in the table.
    confidence
        How often the intervals hold the truth.

    Returns
    -------
    dict
        Columns: for each measure ``NAME_change_pct`` and its ends ``NAME_change_low_pct`` and ``NAME_change_high_pct``
        [%], NaN for the baseline itself and for measures that are not above zero; pairs: seeds that both have.
    """
    mine, theirs, places = _paired(rows, baselines(rows, baseline))
    columns: dict[str, Any] = {"pairs": np.count_nonzero(found.done[mine] & found.done[theirs] & places, axis=1)}
    for name in (name for name in found.names if name in names):
        values = found.numbers(name)
        one, other = (np.where(places, values[at], np.nan) for at in (mine, theirs))
        change = changes_pct(one, other, confidence=confidence)
        columns |= zip(change_ends(names[name]), change[:3], strict=True)
    return columns


def _paired(rows: Rows, bases: list[int]) -> tuple[Any, Any, Any]:
    """Positions of cells and of their partners, and where there is a pair; each of shape (n_rows, most cells)."""
    seeds = _seeds(rows)
    mine, theirs = np.zeros((2, *rows.places.shape), np.int64)
    places = np.zeros(rows.places.shape, bool)
    for row, base in enumerate(bases):
        if base < 0 or base == row:
            continue
        partners = {seeds[at]: at for at in rows.places[base].tolist() if at >= 0}
        for column, at in enumerate(rows.places[row].tolist()):
            if at >= 0 and seeds[at] in partners:
                mine[row, column], theirs[row, column], places[row, column] = at, partners[seeds[at]], True
    return mine, theirs, places


def _seeds(rows: Rows) -> list[str]:
    """Write down what tells each cell from the others of its row."""
    documents = [json.loads(cell.content)["fields"] for cell in rows.cells]
    return [json.dumps([document.get(name) for name in rows.repeated]) for document in documents]
