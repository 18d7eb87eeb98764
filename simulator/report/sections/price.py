"""What replays cost in money, or emit, by the hours when they ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.model import Cell, Column, Row, Section, Table
from simulator.report.origin import tag
from simulator.report.words import counted, energy, number, time

if TYPE_CHECKING:
    import pandas as pd

    from simulator.report.evidence import Evidence
    from simulator.report.tables import Kept

__all__ = ["price"]

_HEADS = {"price": "Price", "carbon_g": "CO₂ equivalent [g]"}


def price(evidence: Evidence) -> Section | None:
    """Make the section; None if nothing was priced."""
    every = evidence.kept.get("price", [])
    tables = [_prices(evidence, kept, i) for i, kept in enumerate(every) if "price" in kept.tables]
    tables += [_shifts(evidence, kept, i) for i, kept in enumerate(every) if "shift" in kept.tables]
    if not tables:
        return None
    lead = "Means of a whole replay, priced by the hour when each run ran, with intervals over seeds."
    notes = tuple(_tariff(kept) for kept in every)
    return Section("price", "Price by the hour", lead, tables=tuple(tables), notes=notes)


def _measure(table: pd.DataFrame) -> str:
    return next(name for name in _HEADS if name in table.columns)


def _prices(evidence: Evidence, kept: Kept, i: int) -> Table:
    table = kept.tables["price"]
    measure = _measure(table)
    names = [Column(name) for name in ("Job", "GPU", "Policy")]
    columns = (*names, *(Column(head, numeric=True) for head in (_HEADS[measure], "Energy", "Time")))
    rows = []
    for row in table.to_dict("records"):
        low, high = (number(row[_end_of(measure, end)]) for end in ("low", "high"))
        ends = f"[{low}, {high}]"
        amounts = (
            Cell(number(row[measure], 4), key=float(row[measure]), note=ends),
            Cell(energy(row["energy_j"]), key=float(row["energy_j"])),
            Cell(time(row["time_s"]), key=float(row["time_s"])),
        )
        rows.append(_row(evidence, row, amounts))
    return Table(f"price-{i}", f"Price of a replay ({kept.label})", columns, tuple(rows), tag=tag(evidence))


def _shifts(evidence: Evidence, kept: Kept, i: int) -> Table:
    """Show of each policy the start that saves most; all the others are in the document's own table."""
    table = kept.tables["shift"]
    measure = _measure(table)
    names = [Column(name) for name in ("Job", "GPU", "Policy")]
    columns = (*names, *(Column(head, numeric=True) for head in ("Best later by [h]", _HEADS[measure], "Saved [%]")))
    rows = []
    for _, of_policy in table.groupby(["job", "gpu", "policy"], sort=False):
        row = of_policy.sort_values(["saved_pct", "shift_hours"], ascending=[False, True]).to_dict("records")[0]
        amounts = (
            Cell(number(row["shift_hours"]), key=float(row["shift_hours"])),
            Cell(number(row[measure], 4), key=float(row[measure])),
            Cell(f"{row['saved_pct']:.1f}", key=float(row["saved_pct"])),
        )
        rows.append(_row(evidence, row, amounts))
    title = f"What the best later start saves ({kept.label})"
    hours = counted(table["shift_hours"].nunique(), "start")
    note = f"The best of {hours}; all of them are in {kept.label}/shift.parquet."
    return Table(f"price-shift-{i}", title, columns, tuple(rows), note, tag=tag(evidence), folded=True)


def _row(evidence: Evidence, row: dict[Any, Any], amounts: tuple[Cell, ...]) -> Row:
    place = evidence.names.place(row["job"], row["gpu"])
    return Row((Cell(place.job), Cell(place.gpu), Cell(row["policy"]), *amounts), place, row["policy"])


def _end_of(measure: str, end: str) -> str:
    """Name the column of an interval's end; the unit stays last."""
    stem = measure.removesuffix("_g")
    return f"{stem}_{end}{measure.removeprefix(stem)}"


def _tariff(kept: Kept) -> str:
    tariff = kept.document.get("options", {}).get("tariff") or {}
    name = tariff.get("name") or "without a name"
    made_up = "SYNTHETIC, made up for examples" if tariff.get("synthetic") else ""
    return f"Tariff {name}{f' ({made_up})' if made_up else ''}."
