"""Headings of several levels: which neighbours stand under a common one."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.explore.read.columns import Column

__all__ = ["heading_rows"]


def heading_rows(columns: Sequence[Column]) -> list[list[tuple[str, int]]]:
    """Lay out headings: for each line of them, texts and how many columns each spans; the lowest line has them all.

    Examples
    --------
    >>> from simulator.explore.read.columns import Column
    >>> heading_rows([Column(("name",), "<", []), Column(("test", "loss"), ">", []), Column(("test", "top1"), ">", [])])
    [[('', 1), ('test', 2)], [('name', 1), ('loss', 1), ('top1', 1)]]
    """
    depth = max((len(column.headings) for column in columns), default=1)
    padded = [("",) * (depth - len(column.headings)) + column.headings for column in columns]
    rows = []
    for level in range(depth - 1):
        groups = groupby(range(len(padded)), key=lambda at: padded[at][: level + 1] if padded[at][level] else at)
        rows.append([(padded[at[0]][level], len(at)) for at in (list(members) for _, members in groups)])
    return [*rows, [(each[-1], 1) for each in padded]]
