"""What each policy took: energy, time and cost of a recurrence, and what it ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.model import Cell, Column, Row, Section, Table
from simulator.report.origin import tag
from simulator.report.words import NONE, change, energy, number, time

if TYPE_CHECKING:
    from simulator.report.evidence import Evidence
    from simulator.report.tables import Replay

__all__ = ["totals"]

_COLUMNS = (
    Column("Job"),
    Column("GPU"),
    Column("Policy"),
    Column("Cost Δ [%]", numeric=True),
    Column("Energy", numeric=True),
    Column("Energy Δ [%]", numeric=True),
    Column("Time", numeric=True),
    Column("Time Δ [%]", numeric=True),
    Column("Batch size", numeric=True),
    Column("Limit [W]", numeric=True),
    Column("Failed runs [%]", numeric=True),
    Column("Seeds", numeric=True),
)


def totals(evidence: Evidence) -> Section | None:
    """Make the section; None without a replay."""
    tables = [_table(evidence, replay, i) for i, replay in enumerate(evidence.replays) if len(replay.summary)]
    if not tables:
        return None
    lead = (
        "Means of a recurrence over all recurrences and seeds, with all that a policy tried and that failed on the "
        "way. Δ is against default+full: the default batch size at full power."
    )
    return Section("totals", "What each policy took", lead, tables=tuple(tables))


def _table(evidence: Evidence, replay: Replay, i: int) -> Table:
    event = "submission" if replay.overlapping else "recurrence"
    lucky = bool(replay.summary["survivors_only"].any())
    return Table(
        f"totals-{i}",
        f"Mean of a {event}" + (f" ({replay.label})" if len(evidence.replays) > 1 else ""),
        _COLUMNS,
        tuple(_row(evidence, row) for row in replay.summary.to_dict("records")),
        note="Batch size and limit: the pair that most seeds end with."
        + (" *: mean of the seeds that got through; the others would most likely have cost more." if lucky else ""),
        tag=tag(evidence, replay.summary["job"].unique(), submissions=replay.overlapping),
        folded=bool(evidence.comparisons),
    )


def _row(evidence: Evidence, row: dict[Any, Any]) -> Row:
    place = evidence.names.place(row["job"], row["gpu"])
    star = "*" if row["survivors_only"] and row["seeds"] else ""
    failed = row["failed_runs_pct"]
    cells = (
        Cell(place.job),
        Cell(place.gpu),
        Cell(row["policy"]),
        _change(row["cost_change_pct"]),
        Cell(f"{energy(row['energy_j'])}{star}", key=row["energy_j"]),
        _change(row["energy_change_pct"]),
        Cell(f"{time(row['time_s'])}{star}", key=row["time_s"]),
        _change(row["time_change_pct"]),
        _whole(row["batch_size"]),
        _whole(row["power_limit_w"]),
        Cell(number(failed, 2), key=failed),
        Cell(f"{row['seeds']} of {row['seeds'] + row['failed_seeds']}", key=float(row["seeds"])),
    )
    return Row(cells, place, row["policy"])


def _change(percent: float) -> Cell:
    return Cell(change(percent).removesuffix(" %"), key=percent)


def _whole(value: Any) -> Cell:
    known = value == value and value is not None and str(value) != "<NA>"
    return Cell(f"{int(value)}", key=float(value)) if known else Cell(NONE, key=float("nan"))
