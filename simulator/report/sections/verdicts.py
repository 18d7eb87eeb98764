"""Which policy is better, and how sure that is: a table of verdicts, in which each interval is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.report.model import Cell, Column, Place, Row, Section, Table
from simulator.report.names import ALL
from simulator.report.origin import tag
from simulator.report.sections.bars import Scale
from simulator.report.words import change, interval, number

if TYPE_CHECKING:
    import pandas as pd

    from simulator.compare import Comparison
    from simulator.report.evidence import Evidence

__all__ = ["MARKS", "verdicts"]

#: Signs of verdicts, so that colour is never alone.
MARKS = {"better": "▼", "worse": "▲", "equivalent": "≈", "cannot tell": "?"}

_LEGEND = ", ".join(f"{mark} {word}" for word, mark in MARKS.items())

_MEASURES = {"cost": "Cost", "energy_j": "Energy", "time_s": "Time"}

#: Rows that stand in one table with those over all places; more are folded.
_MOST_ROWS = 40


def verdicts(evidence: Evidence) -> Section | None:
    """Make the section; None without a comparison."""
    if not evidence.comparisons:
        return None
    tables: list[Table] = []
    notes: list[str] = []
    for i, (label, comparison) in enumerate(evidence.comparisons.items()):
        tables += _tables(evidence, comparison, f"verdicts-{i}", label)
        notes += comparison.caveats()
    settings = next(iter(evidence.comparisons.values())).manifest["settings"]
    lead = (
        f"Each policy against the baseline: how much more (+) or less (−) a whole replay costs, with a "
        f"{100 * settings['confidence']:g} % interval, drawn and in numbers. A verdict is given only if the interval "
        f"allows it; differences below {100 * settings['smallest_difference']:g} % do not matter."
    )
    return Section("verdicts", "Which policy is better", lead, tables=tuple(tables), notes=tuple(notes))


def _tables(evidence: Evidence, comparison: Comparison, name: str, label: str) -> list[Table]:
    """Make one table; or two, where one would be too long to be read at once: over all places, and place by place."""
    settings = comparison.manifest["settings"]
    shown = [measure for measure in _MEASURES if (comparison.differences["measure"] == measure).any()]
    columns = [Column("Job"), Column("GPU"), Column("Policy"), Column("Verdict")]
    scale = _scale(comparison.differences)
    columns += [
        Column(f"{_MEASURES[measure]} [%]", numeric=True, axis=scale.axis() if i == 0 else None)
        for i, measure in enumerate(shown)
    ]
    columns.append(Column("Cheaper in [%]", numeric=True))
    rows = [
        _row(evidence, by_measure, shown, scale)
        for _, by_measure in comparison.differences.groupby(["job", "gpu", "policy"], sort=False)
    ]
    rows.sort(key=lambda row: not row.whole)
    title = f"Difference from {comparison.baseline}" + (f" ({label})" if len(evidence.comparisons) > 1 else "")
    first = sum(row.whole for row in rows) if len(rows) > _MOST_ROWS else 0
    whole = Table(
        name,
        title,
        tuple(columns),
        tuple(rows[:first] if first else rows),
        note=(
            f"The verdict is about cost; marks say the same of energy and time: {_LEGEND}. In brackets: "
            f"{100 * settings['confidence']:g} % intervals, one by one; verdicts are corrected for the number of "
            f"comparisons ({settings['correction']}). Cheaper in: how often a replay costs less than the baseline's "
            "with the same luck."
        ),
        tag=tag(evidence),
    )
    if not first:
        return [whole]
    return [
        whole,
        replace(
            whole,
            name=f"{name}-places",
            caption=f"{title}, by job and GPU",
            rows=tuple(rows[first:]),
            note="",
            folded=True,
        ),
    ]


def _scale(differences: pd.DataFrame) -> Scale:
    """Choose one axis for all costs, which the largest interval just fits."""
    costs = differences.loc[differences["measure"] == "cost", ["difference_pct", "low_pct", "high_pct"]]
    return Scale(costs.to_numpy(float).flat)


def _row(evidence: Evidence, by_measure: pd.DataFrame, shown: list[str], scale: Scale) -> Row:
    first = by_measure.iloc[0]
    place = evidence.names.place(str(first["job"]), str(first["gpu"]))
    of_measure = by_measure.set_index("measure")
    verdict = str(first["verdict"])
    failed = max(first["failed_pct"], first["baseline_failed_pct"])
    cells = [
        Cell(place.job or ALL),
        Cell(place.gpu or ALL),
        Cell(str(first["policy"])),
        Cell(
            verdict,
            sign=MARKS.get(verdict, ""),
            note=f"{number(failed, 2)} % broke off" if failed > 0 else "",
            mark=verdict.replace(" ", "-"),
        ),
        _difference(of_measure.loc[shown[0]], scale),
        *(_difference(of_measure.loc[measure]) for measure in shown[1:]),
    ]
    better = float(first["p_better"])
    cells.append(Cell(number(100 * better), key=better))
    return Row(tuple(cells), place, str(first["policy"]), whole=place == Place())


def _difference(row: Any, scale: Scale | None = None) -> Cell:
    """Write a difference with its interval: drawn, or with the sign of its verdict where no column says it in words."""
    verdict = str(row["verdict"])
    return Cell(
        change(row["difference_pct"]).removesuffix(" %"),
        key=float(row["difference_pct"]),
        note=interval(row["low_pct"], row["high_pct"]),
        mark=verdict.replace(" ", "-"),
        sign="" if scale else MARKS.get(verdict, ""),
        word="" if scale else verdict,
        bar=scale.bar(*map(float, row[["low_pct", "difference_pct", "high_pct"]])) if scale else None,
    )
