"""What the columns of a table are called: each has a name of its own, so that none stands in for another.

Columns that tables have of themselves keep their names. A field that is called like one of them becomes
``NAME_field``, a tag that is called like one or like a field ``NAME_tag``, and a result ``NAME_result``; so does a
result that is called like the end of another's interval, or like its change against a baseline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.compare.means import with_ends
from simulator.explore.states import STATES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["RESERVED", "Names", "change_ends", "names_of"]

#: Columns that tables have of themselves, or may have, and what these are called where people read them.
RESERVED = frozenset(
    {
        *("index", "name", "data", "synthetic", "predicted", "cells", *STATES, "broke_off", "n"),
        *("on_front", "regret_pct", "pairs", "row_id", "attempts", "ran_s", "ran_cpu_s", "first_error"),
        *("state", "sig", "sid", "front", "regret"),
    }
)


@dataclass(frozen=True)
class Names:
    """Names of columns in the table, by what the fields, tags and results are called themselves.

    Parameters
    ----------
    fields, tags, results
        The names; none is given out twice, nor is the end of an interval called like any of them.
    """

    fields: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)


def names_of(
    fields: Sequence[str],
    tags: Sequence[str],
    measures: Sequence[str],
    words: Sequence[str] = (),
    *,
    known: Collection[str] = (),
) -> Names:
    """Give out names.

    Parameters
    ----------
    fields, tags, measures, words
        What is to have columns: fields that vary, tags, results that are numbers, and those that are text.
    known
        Names of other fields: results are not called like them.

    Examples
    --------
    >>> found = names_of(["n", "rate"], ["rate"], ["v", "v_low", "n"])
    >>> found.fields, found.tags
    ({'rate': 'rate', 'n': 'n_field'}, {'rate': 'rate_tag'})
    >>> found.results
    {'v': 'v', 'n': 'n_result', 'v_low': 'v_low_result'}
    """
    taken = set(RESERVED)
    called_fields = _given(fields, "_field", taken)
    called_tags = _given(tags, "_tag", taken)
    taken |= {*known, *fields}
    numbers, names = frozenset(measures), dict.fromkeys([*measures, *words])
    results: dict[str, str] = {}
    for name in sorted(names, key=len):  # what is made of a name is longer than it: the shorter one was there first
        called = name
        while taken & (columns := _columns(called, number=name in numbers)) or (called != name and called in names):
            called += "_result"
        taken |= columns
        results[name] = called
    return Names(called_fields, called_tags, results)


def change_ends(name: str) -> list[str]:
    """Name the change of a measure against a baseline, and both ends of its interval [%]."""
    return [f"{name}_change{end}_pct" for end in ("", "_low", "_high")]


def _columns(name: str, *, number: bool) -> set[str]:
    """Name all columns that a result may have."""
    return {*with_ends(name, (0.0, 0.0, 0.0)), *change_ends(name)} if number else {name}


def _given(names: Iterable[str], suffix: str, taken: set[str]) -> dict[str, str]:
    """Leave names as they are where they are free; the others must not take any of those either."""
    names = list(dict.fromkeys(names))
    given = {name: name for name in names if name not in taken}
    taken |= set(given)
    for name in names:
        if name not in given:
            called = name
            while called in taken or called in names:
                called += suffix
            given[name] = called
            taken.add(called)
    return given
