"""What came of sweeps, as far as they have run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import SimulatorError
from simulator.report.model import Cell, Column, Row, Section, Table
from simulator.report.words import sentence_case

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.report.evidence import Evidence

__all__ = ["sweeps"]


def sweeps(evidence: Evidence) -> Section | None:
    """Make the section; None without a sweep."""
    tables: list[Table] = []
    notes: list[str] = []
    for label, folder in evidence.sweeps.items():
        for grid in sorted(each.name for each in (folder / "grids").iterdir() if each.is_dir()):
            try:
                tables.append(_table(folder, grid, label, f"sweep-{len(tables)}"))
            except (SimulatorError, OSError) as error:
                notes.append(f"{label}, grid {grid}: {error}")
    if not tables and not notes:
        return None
    lead = "A line for each row of a grid: what varies, how far it has run, and means over seeds."
    return Section("sweeps", "Sweeps", lead, tables=tuple(tables), notes=tuple(notes))


def _table(folder: Path, grid: str, label: str, name: str) -> Table:
    from simulator.explore.read.summary import caption, data_note, overview
    from simulator.explore.read.table import read_table

    table = read_table(folder, grid)
    shown = overview(table)
    heads = [" ".join(" ".join(filter(None, column.headings)).split()) for column in shown.columns]
    columns = tuple(
        Column(sentence_case(head) or "–", numeric=column.align == ">")
        for head, column in zip(heads, shown.columns, strict=True)
    )
    texts = zip(*(column.texts for column in shown.columns), strict=True)
    rows = tuple(
        Row(
            tuple(
                Cell(text, key=_key(text) if column.numeric else None)
                for text, column in zip(row, columns, strict=True)
            )
        )
        for row in texts
    )
    return Table(name, f"{grid} ({label})", columns, rows, note=caption(table, shown), tag=data_note(table))


def _key(text: str) -> float:
    """Read the number that a text begins with; NaN if it begins with none."""
    first = text.replace("−", "-").replace(",", "").split()
    try:
        return float(first[0].rstrip("%"))
    except (IndexError, ValueError):
        return float("nan")
