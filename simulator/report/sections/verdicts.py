"""Which policy is better, and how sure that is: a table of verdicts, and the same as a forest plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.figures.panel import panel
from simulator.report.model import Cell, Column, Drawing, Row, Section, Table
from simulator.report.names import ALL
from simulator.report.origin import tag
from simulator.report.words import NONE, change, counted, interval, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from simulator.compare import Comparison
    from simulator.report.evidence import Evidence

__all__ = ["MARKS", "verdicts"]

#: Signs of verdicts, so that colour is never alone.
MARKS = {"better": "▼", "worse": "▲", "equivalent": "≈", "cannot tell": "?"}

_MEASURES = {"cost": "Cost", "energy_j": "Energy", "time_s": "Time"}

#: Height of a forest plot: what axes need, and each row [in].
_FRAME_IN, _ROW_IN = 0.85, 0.27


def verdicts(evidence: Evidence) -> Section | None:
    """Make the section; None without a comparison."""
    if not evidence.comparisons:
        return None
    drawings: list[Drawing] = []
    tables: list[Table] = []
    notes: list[str] = []
    for i, (label, comparison) in enumerate(evidence.comparisons.items()):
        tables.append(_table(evidence, comparison, f"verdicts-{i}", label))
        drawings += _forest(evidence, comparison, f"verdicts-{i}")
        notes += comparison.caveats()
    settings = next(iter(evidence.comparisons.values())).manifest["settings"]
    lead = (
        f"Each policy against the baseline: how much more (+) or less (−) a whole replay costs, with a "
        f"{100 * settings['confidence']:g} % interval. A verdict is given only if the interval allows it; differences "
        f"below {100 * settings['smallest_difference']:g} % do not matter."
    )
    return Section("verdicts", "Which policy is better", lead, tuple(drawings), tuple(tables), tuple(notes))


def _table(evidence: Evidence, comparison: Comparison, name: str, label: str) -> Table:
    settings = comparison.manifest["settings"]
    shown = [measure for measure in _MEASURES if (comparison.differences["measure"] == measure).any()]
    columns = [Column("Job"), Column("GPU"), Column("Policy")]
    for measure in shown:
        columns += [Column(f"{_MEASURES[measure]} [%]", numeric=True), Column(f"{_MEASURES[measure]} verdict")]
    columns.append(Column("Cheaper in [%]", numeric=True))
    rows = [
        _row(evidence, by_measure, shown)
        for _, by_measure in comparison.differences.groupby(["job", "gpu", "policy"], sort=False)
    ]
    rows.sort(key=lambda row: row.place.job == "" and row.place.gpu == "", reverse=True)
    return Table(
        name,
        f"Difference from {comparison.baseline}" + (f" ({label})" if len(evidence.comparisons) > 1 else ""),
        tuple(columns),
        tuple(rows),
        note=(
            f"In brackets: {100 * settings['confidence']:g} % interval, not corrected for the number of comparisons; "
            f"verdicts are ({settings['correction']}). Cheaper in: how often a replay costs less than the baseline's "
            "with the same luck."
        ),
        tag=tag(evidence),
    )


def _row(evidence: Evidence, by_measure: pd.DataFrame, shown: list[str]) -> Row:
    first = by_measure.iloc[0]
    place = evidence.names.place(str(first["job"]), str(first["gpu"]))
    cells = [Cell(place.job or "all jobs"), Cell(place.gpu or "all GPUs"), Cell(str(first["policy"]))]
    of_measure = by_measure.set_index("measure")
    for measure in shown:
        cells += _cells(of_measure.loc[measure]) if measure in of_measure.index else [Cell(NONE), Cell(NONE)]
    better = float(of_measure["p_better"].iloc[0])
    cells.append(Cell(number(100 * better), key=better))
    return Row(tuple(cells), place, str(first["policy"]))


def _cells(row: Any) -> list[Cell]:
    verdict = str(row["verdict"])
    failed = max(row["failed_pct"], row["baseline_failed_pct"])
    broken = f"; {number(failed, 2)} % broke off" if failed > 0 else ""
    return [
        Cell(
            change(row["difference_pct"]).removesuffix(" %"),
            key=float(row["difference_pct"]),
            note=interval(row["low_pct"], row["high_pct"]),
        ),
        Cell(f"{MARKS.get(verdict, '')} {verdict}{broken}", mark=verdict.replace(" ", "-")),
    ]


def _forest(evidence: Evidence, comparison: Comparison, name: str) -> Iterator[Drawing]:
    """Draw the costs place by place, and last those over all places."""
    costs = comparison.differences.loc[comparison.differences["measure"] == "cost"]
    overall = costs["job"] == ALL
    several = len(costs.loc[~overall, ["job", "gpu"]].drop_duplicates()) > 1
    for i, ((job, gpu), rows) in enumerate(costs.groupby(["job", "gpu"], sort=False)):
        if job == ALL and not several:
            continue
        place = evidence.names.place(str(job), str(gpu))
        policies = tuple(str(policy) for policy in rows["policy"])
        yield Drawing(
            f"{name}-forest-{i}",
            f"{str(place) or 'All jobs and GPUs'}: cost against {comparison.baseline}",
            _finding(rows, comparison.baseline),
            panel(_drawer(comparison, rows, policies), height_in=_FRAME_IN + _ROW_IN * len(rows)),
            place,
            tag=tag(evidence, None if job == ALL else [str(job)]),
        )


def _drawer(comparison: Comparison, rows: pd.DataFrame, policies: tuple[str, ...]) -> Any:
    from simulator import plot

    return lambda ax: plot.verdicts(rows, ax=ax, policies=policies)


def _finding(rows: pd.DataFrame, baseline: str) -> str:
    known = rows.loc[rows["difference_pct"].notna()]
    if known.empty:
        return f"Nothing can be compared with {baseline} here."
    best = known.loc[known["difference_pct"].idxmin()]
    counts = rows["verdict"].value_counts()
    said = ", ".join(f"{counts[word]} {word}" for word in MARKS if word in counts.index)
    return (
        f"Of {counted(len(rows), 'policy', 'policies')} against {baseline}: {said}. Least: {best['policy']}, "
        f"{change(best['difference_pct'])} {interval(best['low_pct'], best['high_pct'])}.".replace(" .", ".")
    )
