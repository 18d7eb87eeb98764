"""Columns of a grid as people see them: a text a line; where a row has several cells, a mean and half its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.explore.read.intervals import means

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.explore.plan.columns import Leaf

    Path = tuple[str, ...]

__all__ = ["Column", "column_of"]


@dataclass(frozen=True)
class Column:
    """A column as it is shown.

    Parameters
    ----------
    headings
        What stands above it, groups first.
    align
        ``"<"``, ``">"`` or ``"^"``.
    texts
        A text for each line.
    rank
        Columns of the highest rank are the first to be left out where there is no room; those of rank 0 stay.
    """

    headings: tuple[str, ...]
    align: str
    texts: list[str]
    rank: int = 0


def column_of(
    path: Path, headings: Path, each: Leaf, told: Sequence[Sequence[Mapping[Path, Any]]], confidence: float
) -> Column:
    """Fill a column: a text for each row, from what is told of its cells.

    Parameters
    ----------
    path
        Where its values stand in what is told.
    headings
        What stands above it, groups first.
    each
        How it is shown.
    told
        For each row, values by path for each of its cells that is done.
    confidence
        How often an interval holds the mean of infinitely many seeds.
    """
    values = [[line[path] for line in row if path in line] for row in told]
    if any(_is_number(value) for row in values for value in row):
        return Column(headings, each.align or ">", _numbers(values, each, confidence))
    texts = [each.text(row[0]) if row and all(value == row[0] for value in row) else "" for row in values]
    return Column(headings, each.align or "<", texts)


def _numbers(values: list[list[Any]], each: Leaf, confidence: float) -> list[str]:
    grid = np.full((len(values), max(map(len, values), default=0)), np.nan)
    for row, of_row in enumerate(values):
        grid[row, : len(of_row)] = [value if _is_number(value) else np.nan for value in of_row]
    found = means(grid, confidence=confidence)
    texts = []
    for of_row, mean, high in zip(values, found.value.tolist(), found.high.tolist(), strict=True):
        if len(of_row) == 1 or (of_row and all(value == of_row[0] for value in of_row)):
            texts.append(_text(each, of_row[0]))
        elif mean != mean:  # not a number: no cell says one
            texts.append("")
        else:
            texts.append(f"{_text(each, mean)} ± {_text(each, high - mean)}")
    return texts


def _text(each: Leaf, value: Any) -> str:
    return f"{value:.4g}" if each.format is None and isinstance(value, float) else each.text(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
