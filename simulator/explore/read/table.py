"""The table of a grid: a line for each row, whoever ran its cells, wherever and in whatever order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.compare.means import with_ends
from simulator.explore.read.baseline import against
from simulator.explore.read.front import on_fronts, regrets_pct
from simulator.explore.read.gathering import gather
from simulator.explore.read.intervals import check_confidence, means
from simulator.explore.read.measures import LABELS, measured
from simulator.explore.read.naming import names_of
from simulator.explore.read.rows import CHOICES, rows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from os import PathLike

    from simulator.explore.read.gathering import Gathered
    from simulator.explore.read.measures import Measured
    from simulator.explore.read.naming import Names
    from simulator.explore.read.rows import Rows

__all__ = ["read_table", "table_of"]

#: Choices that do not change what cost means: rows that differ in these compete in it.
_SAME_COST = tuple(name for name in CHOICES if name != "eta")


def read_table(
    folder: str | PathLike[str],
    grid: str | None = None,
    *,
    patterns: Sequence[str] = (),
    confidence: float = 0.95,
    baseline: Mapping[str, Any] | None = None,
    meta: bool = False,
) -> pd.DataFrame:
    """Read the table of a grid, as far as its cells have run.

    Parameters
    ----------
    folder
        The sweep's folder.
    grid
        Name of the grid; None means the only one.
    patterns
        Which cells; none means all. See `simulator.explore.ledger.select`. Front, regret and changes against a baseline
        are those among all rows of the grid, whatever is chosen.
    confidence
        How often the intervals hold the truth, 0 to 1.
    baseline
        Values of fields, such as ``{"policy": "default"}``: each row is compared with the one that has these values,
        and agrees in all others; pairs have the same seed.
    meta
        Whether to add what depends on who ran it and when: ids, attempts, time_s_per_cell, cpu_s, errors.

    Returns
    -------
    pandas.DataFrame
        One line a row, in the order of the plan: index; name; each field that varies; tags that say something else;
        ``data`` where not all results come from recorded traces; cells, and how many are pending, running, done,
        failed, cancelled, stopped and blocked; broke_off: cells of which a replay did not reach its target, where
        there are some; n: cells that the numbers rest on; for each measure its mean, such as
        energy_j, and both ends of its interval over seeds, energy_low_j and energy_high_j; on_front: whether no other
        row of its context takes less energy and time so far; regret_pct: cost above the cheapest row of its context so
        far [%]; against a baseline energy_j_change_pct and its ends, and pairs. A field, tag or result that is called
        like another column has the end _field, _tag or _result; see `simulator.explore.read.naming`. ``attrs`` name the
        grid, the measures, and whether any data are synthetic. Equal results make equal tables, to the bit, whatever
        the executor.

    Raises
    ------
    UnknownCellError
        If there is no such grid, or no such cell.
    ConfigError
        If the confidence is no share, or no row has the baseline's values.
    LedgerError
        If the folder cannot be read.
    """
    check_confidence(confidence)
    gathered = gather(folder, grid, patterns=patterns, all_results=True)
    return table_of(gathered, confidence=confidence, baseline=baseline, meta=meta)


def table_of(
    gathered: Gathered,
    *,
    confidence: float = 0.95,
    baseline: Mapping[str, Any] | None = None,
    meta: bool = False,
) -> pd.DataFrame:
    """Make the table of what was gathered; see `read_table`."""
    all_rows = rows_of(gathered.cells, gathered.look_up)
    rows = all_rows.only(gathered.chosen)
    ids = [cell.id for cell in gathered.cells]
    echoes = all_rows.echoes(gathered.results)
    whole = found = measured(ids, gathered.results, fields=echoes)
    if gathered.chosen is not None:
        found = measured(ids, gathered.picked_results(), fields=echoes)
    names = _names(all_rows, whole, found)
    columns = _who(rows, names) | _labels(rows, found) | _states(rows, found)
    columns |= {names.results[name]: texts for name, texts in _words(rows, found).items()}
    for name in found.names:
        interval = means(rows.spread(found.numbers(name)), confidence=confidence)
        columns |= with_ends(names.results[name], interval[:3])  # type: ignore[arg-type]  # arrays instead of numbers
    compared = _choices(all_rows, whole, set(found.names), confidence)
    if baseline:
        called = {name: names.results[name] for name in whole.names}
        compared |= against(all_rows, whole, baseline, called, confidence=confidence)
    kept = np.isin(all_rows.indices(), rows.indices())  # what is shown of a grid does not change what is best in it
    columns |= {name: values[kept] for name, values in compared.items()}
    if meta:
        columns |= _meta(rows)
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))
    table.attrs = {
        "grid": gathered.grid,
        "confidence": confidence,
        "measures": [names.results[name] for name in found.names],
        "words": [names.results[name] for name in found.words],
        "fields": [names.fields[name] for name in rows.varied],
        **{label: bool(found.label(label).any()) for label in LABELS},
    }
    return table


def _names(rows: Rows, *found: Measured) -> Names:
    """Give out names by the whole grid, so that they do not hang on what is shown of it."""
    return names_of(
        rows.varied,
        [name for name in dict.fromkeys(name for each in rows.tags for name in each) if not _same(rows, name)],
        [name for each in found for name in each.names],
        [name for each in found for name in each.words],
        known={name for each in rows.fields for name in each},
    )


def _same(rows: Rows, tag: str) -> bool:
    """Tell whether a tag says nothing but what the field that is called alike does."""
    told = zip(rows.fields, rows.tags, strict=True)
    return tag in rows.varied and all(fields.get(tag) == tags[tag] for fields, tags in told if tag in tags)


def _who(rows: Rows, names: Names) -> dict[str, Any]:
    here = {name for each in rows.tags for name in each}
    tags = {name: called for name, called in names.tags.items() if name in here}
    return {
        "index": np.array(rows.indices(), np.int64),
        "name": pd.array(rows.names(), dtype="str"),
        **{names.fields[name]: _column([each.get(name) for each in rows.fields]) for name in rows.varied},
        **{called: _column([each.get(name) for each in rows.tags]) for name, called in tags.items()},
    }


def _column(values: list[Any]) -> Any:
    """Keep numbers as numbers; where types are mixed, write them down."""
    known = [value for value in values if value is not None]
    if known and len(known) == len(values) and all(type(value) is type(known[0]) for value in known):
        return pd.array(values, dtype="str") if isinstance(known[0], str) else np.array(values)
    if known and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        return np.array([np.nan if value is None else value for value in values], float)
    return pd.array([None if value is None else str(value) for value in values], dtype="str")


def _labels(rows: Rows, found: Measured) -> dict[str, Any]:
    """Say of each row whether its data were ever recorded."""
    from simulator.trace.describe import kind

    flags = {label: rows.count(found.label(label)) > 0 for label in LABELS}
    said = [
        kind(predicted=bool(flags["predicted"][at]), synthetic=bool(flags["synthetic"][at])) for at in range(len(rows))
    ]
    return {"data": pd.array(said, dtype="str")} if any(said) else {}


def _states(rows: Rows, found: Measured) -> dict[str, Any]:
    columns = {"cells": np.count_nonzero(rows.places >= 0, axis=1), **rows.states()}
    if found.broke_off.any():
        columns["broke_off"] = rows.count(found.broke_off)
    return columns | {"n": rows.count(found.done & ~found.broke_off)}


def _words(rows: Rows, found: Measured) -> dict[str, Any]:
    """Show text that all cells of a row agree in."""
    columns: dict[str, Any] = {}
    for name in found.words:
        values = found.text(name)
        said = []
        for row in range(len(rows)):
            here = {values[at] for at in rows.places[row].tolist() if at >= 0 and found.done[at]}
            said.append(here.pop() if len(here) == 1 else None)
        columns[name] = pd.array(said, dtype="str")
    return columns


def _choices(rows: Rows, found: Measured, named: Collection[str], confidence: float) -> dict[str, Any]:
    """Mark the front and the regret of rows none of whose cells failed: the others were the luckier ones."""
    columns: dict[str, Any] = {}
    whole = (rows.states()["failed"] == 0) & (rows.count(found.broke_off) == 0)

    def mean(name: str) -> Any:
        return np.where(whole, means(rows.spread(found.numbers(name)), confidence=confidence).value, np.nan)

    if {"energy_j", "time_s"} <= set(named):
        columns["on_front"] = on_fronts(mean("energy_j"), mean("time_s"), rows.contexts())
    if "cost" in named:
        columns["regret_pct"] = regrets_pct(mean("cost"), rows.contexts(but=_SAME_COST))
    return columns


def _meta(rows: Rows) -> dict[str, Any]:
    def total(name: str) -> Any:
        values = np.array([getattr(cell, name) or 0 for cell in rows.cells], float)
        return np.nansum(rows.spread(values), axis=1)

    firsts = [rows.members(row) for row in range(len(rows))]
    errors = [next((cell.error for cell in cells if cell.error), None) for cells in firsts]
    return {
        "row_id": pd.array([cells[0].row_id for cells in firsts], dtype="str"),
        "attempts": np.asarray(total("attempts"), np.int64),
        "ran_s": total("time_s"),
        "ran_cpu_s": total("cpu_s"),
        "first_error": pd.array(errors, dtype="str"),
    }
