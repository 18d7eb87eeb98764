"""Which policy is better, and how sure that is: a table of verdicts, and the same as a forest plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.figures.panel import panel
from simulator.report.model import Cell, Column, Drawing, Place, Row, Section, Table
from simulator.report.names import ALL
from simulator.report.origin import tag
from simulator.report.words import change, counted, interval, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from simulator.compare import Comparison
    from simulator.report.evidence import Evidence

__all__ = ["MARKS", "verdicts"]

#: Signs of verdicts, so that colour is never alone.
MARKS = {"better": "▼", "worse": "▲", "equivalent": "≈", "cannot tell": "?"}

_LEGEND = ", ".join(f"{mark} {word}" for word, mark in MARKS.items())

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
    columns = [Column("Job"), Column("GPU"), Column("Policy"), Column("Verdict")]
    columns += [Column(f"{_MEASURES[measure]} [%]", numeric=True) for measure in shown]
    columns.append(Column("Cheaper in [%]", numeric=True))
    rows = [
        _row(evidence, by_measure, shown)
        for _, by_measure in comparison.differences.groupby(["job", "gpu", "policy"], sort=False)
    ]
    rows.sort(key=lambda row: row.place != Place())  # first those over all places
    return Table(
        name,
        f"Difference from {comparison.baseline}" + (f" ({label})" if len(evidence.comparisons) > 1 else ""),
        tuple(columns),
        tuple(rows),
        note=(
            f"The verdict is about cost; marks say the same of energy and time: {_LEGEND}. In brackets: "
            f"{100 * settings['confidence']:g} % intervals, one by one; verdicts are corrected for the number of "
            f"comparisons ({settings['correction']}). Cheaper in: how often a replay costs less than the baseline's "
            "with the same luck."
        ),
        tag=tag(evidence),
    )


def _row(evidence: Evidence, by_measure: pd.DataFrame, shown: list[str]) -> Row:
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
            f"{MARKS.get(verdict, '')} {verdict}",
            note=f"{number(failed, 2)} % broke off" if failed > 0 else "",
            mark=verdict.replace(" ", "-"),
        ),
        *(_difference(of_measure.loc[measure], marked=measure != first["measure"]) for measure in shown),
    ]
    better = float(first["p_better"])
    cells.append(Cell(number(100 * better), key=better))
    return Row(tuple(cells), place, str(first["policy"]))


def _difference(row: Any, *, marked: bool) -> Cell:
    """Write a difference with its interval, and with the sign of its verdict where no column says it in words."""
    verdict = str(row["verdict"])
    return Cell(
        change(row["difference_pct"]).removesuffix(" %"),
        key=float(row["difference_pct"]),
        note=interval(row["low_pct"], row["high_pct"]),
        sign=MARKS.get(verdict, "") if marked else "",
        word=verdict if marked else "",
    )


def _forest(evidence: Evidence, comparison: Comparison, name: str) -> Iterator[Drawing]:
    """Draw the costs over all places first, then place by place."""
    costs = comparison.differences.loc[comparison.differences["measure"] == "cost"]
    overall = costs["job"] == ALL
    several = len(costs.loc[~overall, ["job", "gpu"]].drop_duplicates()) > 1
    of_places = sorted(costs.groupby(["job", "gpu"], sort=False), key=lambda each: each[0][0] != ALL)  # all first
    for i, ((job, gpu), rows) in enumerate(of_places):
        if job == ALL and not several:
            continue
        place = evidence.names.place(str(job), str(gpu))
        policies = tuple(str(policy) for policy in rows["policy"])
        yield Drawing(
            f"{name}-forest-{i}",
            f"{str(place) or 'All jobs and GPUs'}: cost",
            _finding(rows, comparison.baseline),
            panel(_drawer(rows.assign(job=place.job or ALL), policies), height_in=_FRAME_IN + _ROW_IN * len(rows)),
            place,
            tag=tag(evidence, None if job == ALL else [str(job)]),
        )


def _drawer(rows: pd.DataFrame, policies: tuple[str, ...]) -> Any:
    import simulator.plot as plot

    return lambda ax: plot.verdicts(rows, ax=ax, policies=policies)


def _finding(rows: pd.DataFrame, baseline: str) -> str:
    known = rows.loc[rows["difference_pct"].notna()]
    if known.empty:
        return f"Nothing can be compared with {baseline} here."
    best = known.iloc[int(known["difference_pct"].argmin())]
    counts = rows["verdict"].value_counts()
    said = ", ".join(f"{counts[word]} {word}" for word in MARKS if word in counts.index)
    return (
        f"Of {counted(len(rows), 'policy', 'policies')} against {baseline}: {said}. Least: {best['policy']}, "
        f"{change(best['difference_pct'])} {interval(best['low_pct'], best['high_pct'])}.".replace(" .", ".")
    )
