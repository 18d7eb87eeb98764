"""The table of a grid as the commands show it: by its explorer's hooks if it has some, else in the usual columns."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from simulator.errors import GridError
from simulator.explore.places import grid_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from simulator.explore.plan.explorer import Explorer
    from simulator.explore.read.displays import Display

__all__ = ["explorer_of", "overview_of", "say_json", "say_table"]

_logger = logging.getLogger("simulator.explore")

#: What an explorer may say about its table; one that says nothing of it gets the usual columns.
_HOOKS = ("get_grid_metrics", "get_grid_meta", "process_history", "process_sheep")


def overview_of(
    folder: Path,
    grid: str | None,
    *,
    patterns: Sequence[str] = (),
    baseline: Mapping[str, str] | None = None,
    confidence: float = 0.95,
    meta: bool = False,
    trim: int | None = None,
    trim_last: bool = False,
) -> tuple[pd.DataFrame, Display]:
    """Read a grid's table, and what people are to see of it.

    Parameters
    ----------
    folder, grid, patterns, baseline, confidence, meta
        As `simulator.explore.read_table` takes them.
    trim, trim_last
        Where to cut histories, as `simulator.explore.read.display` takes them.
    """
    from simulator.explore.read.displays import display
    from simulator.explore.read.gathering import gather
    from simulator.explore.read.summary import overview
    from simulator.explore.read.table import table_of

    gathered = gather(folder, grid, patterns=patterns, all_results=True)
    table = table_of(gathered, confidence=confidence, baseline=baseline, meta=meta)
    explorer = None if baseline or meta else explorer_of(grid_folder(gathered.folder, gathered.grid) / "plan.py")
    if explorer is None and (trim is not None or trim_last):
        from simulator.explore.plan.explorer import Explorer

        explorer = Explorer(lambda launcher: None)
    if explorer is None:
        return table, overview(table)
    return table, display(gathered, explorer, trim=trim, trim_last=trim_last, confidence=confidence)


def explorer_of(plan: Path) -> Explorer | None:
    """Load the explorer of a grid's plan; None if there is none that says how its table looks."""
    from simulator.explore.plan.explorer import Explorer
    from simulator.explore.plan.loading import load_plan

    if not plan.is_file() or not any(hook in plan.read_text(encoding="utf-8", errors="replace") for hook in _HOOKS):
        return None  # the usual case, in which nothing needs to be run
    try:
        explorer = load_plan(plan).explorer
    except GridError as error:
        _logger.warning("the table is shown without the hooks of its plan: %s", error)
        return None
    kind = type(explorer)
    return explorer if any(getattr(kind, hook) is not getattr(Explorer, hook) for hook in _HOOKS) else None


def say_table(table: pd.DataFrame, shown: Display) -> None:
    """Print a table for people, with what is to be known of its data."""
    from simulator.cli.grid.look import print_display
    from simulator.explore.read.summary import caption, data_note

    title = str(table.attrs["grid"])
    print_display(shown, title=title, note=data_note(table), caption=lambda fitted: caption(table, fitted))


def say_json(table: pd.DataFrame) -> None:
    """Print a row a line, for programs."""
    from simulator.cli.show import json_lines

    labels: dict[str, Any] = {name: True for name in ("synthetic", "predicted") if table.attrs.get(name)}
    if not len(table):
        return
    json_lines(table.assign(**labels) if labels else table)
