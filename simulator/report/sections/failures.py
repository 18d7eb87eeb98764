"""What did not get through, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.compare import failures
from simulator.report.model import Cell, Column, Row, Section, Table
from simulator.report.words import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.report.evidence import Evidence

__all__ = ["failed"]

_COLUMNS = (
    Column("Folder"),
    Column("Job"),
    Column("GPU"),
    Column("Policy"),
    Column("Replays", numeric=True),
    Column("Seeds"),
    Column("Why (of the first)", prose=True),
)


def failed(evidence: Evidence) -> Section:
    """Make the section, which is there in any case: that nothing failed is worth knowing, too."""
    rows = tuple(_rows(evidence))
    notes = [f"{problem.label} {problem.reason}." for problem in evidence.problems]
    if not rows and not notes:
        notes = ["Every replay got through, and every document could be read."]
    lead = (
        "Replays that could not reach their target are left out of means and figures, so those are about the luckier "
        "rest; a policy that lost seeds is compared with nobody."
    )
    table = Table("failures-replays", "Replays that broke off", _COLUMNS, rows)
    return Section("failures", "What did not get through", lead, tables=(table,) if rows else (), notes=tuple(notes))


def _rows(evidence: Evidence) -> Iterator[Row]:
    for replay in evidence.replays:
        for row in failures(replay.table).to_dict("records"):
            seeds = [*map(str, row["seeds"])]
            yield _row(evidence, replay.label, (row["job"], row["gpu"], row["policy"]), seeds, row["error"])
    for label, comparison in evidence.comparisons.items():
        by_who: dict[tuple[str, str, str], list[dict[str, str]]] = {}
        for each in comparison.failures:
            by_who.setdefault((each["job"], each["gpu"], each["policy"]), []).append(each)
        for who, every in by_who.items():
            yield _row(evidence, label, who, [str(each["seed"]) for each in every], every[0]["error"])


def _row(evidence: Evidence, label: str, who: tuple[str, str, str], seeds: list[str], error: str) -> Row:
    job, gpu, policy = who
    place = evidence.names.place(job, gpu)
    cells = (
        Cell(label),
        Cell(place.job),
        Cell(place.gpu),
        Cell(policy),
        Cell(counted(len(seeds), "replay").split()[0], key=float(len(seeds))),
        Cell(listed(list(dict.fromkeys(seeds)), most=6)),
        Cell(error),
    )
    return Row(cells, place, policy)
