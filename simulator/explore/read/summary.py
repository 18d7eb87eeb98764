"""A table in the words of people: a mean and half the width of its interval in one column, units that suit the size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.compare.means import with_ends
from simulator.compare.units import energy_unit, time_unit
from simulator.explore.read.columns import Column
from simulator.explore.read.displays import Display, state_of
from simulator.explore.read.naming import change_ends
from simulator.explore.read.shortening import short_names
from simulator.explore.states import DONE, STATES
from simulator.trace.describe import kind

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from simulator.compare.units import Unit

__all__ = ["FRONT", "caption", "data_note", "overview"]

#: Marks rows on the front of energy and time.
FRONT = "●"

_FRONT_HEADING = "front"
_REGRET_HEADING = "regret\n[%]"
_CHANGE = "\nchange [%]"

#: Measures that come first, and that are enough where a task has them.
_FIRST = ("energy_j", "time_s", "cost")

#: A half width below this share of the mean is rounding, and no chance.
_NOISE = 1e-12

#: Most measures, and most fields, that fit on a page.
_MOST_MEASURES = 6
_MOST_FIELDS = 6


def overview(table: pd.DataFrame, *, everything: bool = False) -> Display:
    """Choose columns of a table, and write them for people.

    Parameters
    ----------
    table
        What `simulator.explore.read_table` returned.
    everything
        Whether to show all measures, not only the first ones.
    """
    columns = [_text(table, "index", align=">"), *_who(table)]
    states = _states(table)
    columns.append(Column(("state",), "<", states, rank=3 if set(states) == {DONE} else 0))
    if len(table) and int(table["cells"].max()) > 1:
        columns.append(_text(table, "n", align=">", rank=4))
    if "broke_off" in table:
        columns.append(_text(table, "broke_off", align=">"))
    columns += [_text(table, name, rank=1) for name in _words(table)]
    columns += [_measure(table, name) for name in _measures(table, everything=everything)]
    columns += _marks(table)
    columns += [_text(table, name) for name in table.columns[_after_marks(table) :]]
    return Display(columns)


def caption(table: pd.DataFrame, shown: Display) -> str:
    """Say what the numbers are.

    Parameters
    ----------
    table
        What `simulator.explore.read_table` returned.
    shown
        What is shown of it.
    """
    share = f"{100 * table.attrs['confidence']:g} %"
    headings = set() if shown.hooks else {column.headings[0] for column in shown.columns}
    said = []
    if len(table) and int(table["cells"].max()) > 1:
        said.append(f"Means over seeds ± half the width of {share} intervals (Student's t).")
    if _FRONT_HEADING in headings:
        said.append(f"{FRONT}: no other row takes less energy and time so far.")
    if _REGRET_HEADING in headings:
        said.append("Regret: cost above the cheapest row so far.")
    if any(_CHANGE in heading for heading in headings):
        said.append(f"Changes against the baseline are paired by seed, with {share} intervals.")
    return " ".join(said)


def data_note(table: pd.DataFrame) -> str:
    """Say that data are synthetic or predicted where any are; empty if all was recorded."""
    return kind(predicted=bool(table.attrs.get("predicted")), synthetic=bool(table.attrs.get("synthetic")))


def _states(table: pd.DataFrame) -> list[str]:
    counts = zip(*(table[state].tolist() for state in STATES), strict=True)
    return [state_of(dict(zip(STATES, each, strict=True))) for each in counts]


def _who(table: pd.DataFrame) -> list[Column]:
    """Show the fields that vary; where those are many, or none, the name says it."""
    fields = [name for name in table.attrs["fields"] if name in table]
    at = table.columns.get_loc("cells")
    tags = [name for name in table.columns[2:at] if name not in {*fields, "data"}]
    wanted = [*fields, *tags] if 0 < len(fields) + len(tags) <= _MOST_FIELDS else [*(tags or ["name"])]
    if "data" in table and table["data"].nunique() > 1:
        wanted.append("data")
    return [_text(table, name, shorten=True) for name in wanted]


def _measures(table: pd.DataFrame, *, everything: bool) -> list[str]:
    names: list[str] = [name for name in table.attrs["measures"] if name in table]
    if everything:
        return names
    first = [name for name in _FIRST if name in names]
    rest = [name for name in names if name not in first and table[name].nunique() > 1]
    return first or rest[:_MOST_MEASURES] or names[:_MOST_MEASURES]


def _words(table: pd.DataFrame) -> list[str]:
    """Choose text that tells results apart; what replays say in words, their rows say already."""
    if any(name in table.attrs["measures"] for name in _FIRST):
        return []
    told = table[table["n"] > 0]
    return [name for name in table.attrs["words"] if told[name].nunique(dropna=False) > 1 or len(told) == 1]


def _measure(table: pd.DataFrame, name: str) -> Column:
    mean, _, high = (table[each].to_numpy(float) for each in with_ends(name, (0.0, 0.0, 0.0)))
    heading, unit = _unit(name, mean)
    half = (high - mean) / unit
    rank = 2 if name == "cost" else 0
    return Column(
        (heading,), ">", [_number(*pair) for pair in zip((mean / unit).tolist(), half.tolist(), strict=True)], rank
    )


def _unit(name: str, values: Any) -> tuple[str, float]:
    """Find a unit for a whole column, and its heading."""
    choices: dict[str, Callable[[float], Unit]] = {"_j": energy_unit, "_s": time_unit}
    known = np.abs(values[np.isfinite(values)])
    for suffix, choose in choices.items():
        if name.endswith(suffix):
            unit = choose(float(np.median(known)) if len(known) else 0.0)
            return f"{name.removesuffix(suffix)}\n[{unit.symbol}]", unit.size
    if name == "cost":
        unit = energy_unit(float(np.median(known)) if len(known) else 0.0)
        return f"cost\n[{unit.symbol}]", unit.size
    for suffix, symbol in (("_w", "W"), ("_pct", "%")):
        if name.endswith(suffix):
            return f"{name.removesuffix(suffix)}\n[{symbol}]", 1.0
    return name, 1.0


def _number(mean: float, half: float) -> str:
    """Write a mean to the digit that its interval lets one know, and one more.

    Examples
    --------
    >>> _number(1234.5678, 12.345), _number(0.5, float("nan")), _number(3.0, 0.0)
    ('1235 ± 12', '0.5', '3')
    """
    if not np.isfinite(mean):
        return "–" if np.isnan(mean) else str(mean)
    if not (np.isfinite(half) and half > _NOISE * abs(mean)):
        return f"{mean:.4g}"
    digits = max(0, 1 - int(np.floor(np.log10(half))))
    return f"{mean:.{min(digits, 12)}f} ± {half:.{min(digits, 12)}f}"


def _marks(table: pd.DataFrame) -> list[Column]:
    columns = []
    if "on_front" in table:
        columns.append(Column((_FRONT_HEADING,), "^", [FRONT if on else "" for on in table["on_front"].tolist()]))
    if "regret_pct" in table:
        columns.append(
            Column((_REGRET_HEADING,), ">", [_percent(each, "") for each in table["regret_pct"].tolist()], 1)
        )
    for name in [name for name in _FIRST if name in table.attrs["measures"] and "pairs" in table]:
        change, low, high = (table[each].tolist() for each in change_ends(name))
        heading = f"{name.removesuffix('_j').removesuffix('_s')}{_CHANGE}"
        texts = [
            f"{_percent(mid, '+')} ({_percent(one, '+')} to {_percent(other, '+')})" if mid == mid else "–"
            for mid, one, other in zip(change, low, high, strict=True)
        ]
        if any(text != "–" for text in texts):
            columns.append(Column((heading,), ">", texts))
    return columns


def _after_marks(table: pd.DataFrame) -> int:
    """Where the columns begin that were asked for by ``meta``."""
    return int(table.columns.get_loc("row_id")) if "row_id" in table else len(table.columns)  # type: ignore[arg-type]  # names are unique


def _percent(value: float, sign: str) -> str:
    return "–" if value != value else f"{value:{sign}.1f}"


def _text(table: pd.DataFrame, name: str, *, align: str | None = None, shorten: bool = False, rank: int = 0) -> Column:
    values = table[name].tolist()
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    texts = [_short(value) for value in values]
    if shorten:
        texts = short_names(texts)
    return Column((name,), align or (">" if numeric and values else "<"), texts, rank)


def _short(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
