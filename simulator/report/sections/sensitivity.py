"""How much hangs on the knobs η and β, and on others that were turned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.figures.panel import panel
from simulator.report.model import Cell, Column, Drawing, Row, Section, Table
from simulator.report.origin import tag
from simulator.report.words import change, energy, listed, number, time

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from simulator.report.evidence import Evidence
    from simulator.report.tables import Kept

__all__ = ["sensitivity"]

_KNOBS = {"eta": "η", "beta": "β", "window": "window", "default_bs": "default batch size"}

#: Knobs that have figures; the others are in the table.
_DRAWN = ("eta", "beta")

_COLUMNS = (
    Column("Job"),
    Column("GPU"),
    Column("Policy"),
    Column("Knob"),
    Column("Value", numeric=True),
    Column("Energy", numeric=True),
    Column("Time", numeric=True),
    Column("Regret [%]", numeric=True),
)


def sensitivity(evidence: Evidence) -> Section | None:
    """Make the section; None if no knob was turned."""
    every = evidence.kept.get("sensitivity", [])
    if not every:
        return None
    lead = (
        "One knob is turned at a time, the others stay. Regret is the mean cost above that of the best fixed "
        "configuration at that value, so that a flat line says: it hardly matters how the knob stands. η weighs energy "
        "against time; β says how much longer than the best so far a run may cost before it is stopped."
    )
    drawings = tuple(drawing for i, kept in enumerate(every) for drawing in _drawings(evidence, kept, i))
    tables = tuple(_table(evidence, kept, i) for i, kept in enumerate(every))
    return Section("sensitivity", "Sensitivity to η and β", lead, drawings, tables)


def _drawings(evidence: Evidence, kept: Kept, i: int) -> Iterator[Drawing]:
    table = kept.tables["sensitivity"]
    for k, (_, rows) in enumerate(table.groupby(["job", "gpu"], sort=False)):
        for knob in _DRAWN:
            of_knob = rows.loc[(rows["knob"] == knob) & (rows["failed_seeds"] == 0)]
            if len(of_knob):
                yield _drawing(evidence, kept, rows, of_knob, f"sensitivity-{i}-{k}-{knob}")


def _drawing(evidence: Evidence, kept: Kept, rows: pd.DataFrame, of_knob: pd.DataFrame, name: str) -> Drawing:
    import simulator.plot as plot

    job, gpu, knob = (str(of_knob[column].iloc[0]) for column in ("job", "gpu", "knob"))
    present = set(of_knob["policy"])

    def draw(ax: Any) -> Any:
        return plot.sensitivity(rows, knob=knob, measure="regret_pct", ax=ax, policies=evidence.policies)

    return Drawing(
        name,
        f"{evidence.names.place(job, gpu)}: how {_KNOBS[knob]} matters",
        " ".join(_said(rows.loc[(rows["policy"] == policy) & (rows["knob"] == knob)]) for policy in sorted(present)),
        panel(draw),
        evidence.names.place(job, gpu),
        tuple(policy for policy in evidence.policies if policy in present),
        tag(evidence, [job]),
    )


def _said(rows: pd.DataFrame) -> str:
    """Say between what one policy's regret lies, and where it is not known."""
    got_through = rows.loc[rows["failed_seeds"] == 0]
    regrets = got_through["regret_pct"]
    low, high = got_through.iloc[int(regrets.argmin())], got_through.iloc[int(regrets.argmax())]
    policy, knob = rows[["policy", "knob"]].iloc[0]
    word = f"{_KNOBS[knob]}\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"
    text = (
        f"{policy}: regret between {change(low['regret_pct'])} at {word}{number(low['value'])} and "
        f"{change(high['regret_pct'])} at {word}{number(high['value'])}."
    )
    lost = [number(value) for value in rows.loc[rows["failed_seeds"] > 0, "value"]]
    if lost:
        text += (
            f" Not drawn at {word}{listed(lost, len(lost))}: seeds failed there, and the others were the luckier ones."
        )
    return text


def _table(evidence: Evidence, kept: Kept, i: int) -> Table:
    table = kept.tables["sensitivity"]
    return Table(
        f"sensitivity-{i}",
        f"Every value of every knob ({kept.label})",
        _COLUMNS,
        tuple(_row(evidence, row) for row in table.to_dict("records")),
        note="Energy and time: mean of a recurrence over the seeds that got through; no regret where some failed.",
        tag=tag(evidence, table["job"].unique()),
        folded=True,
    )


def _row(evidence: Evidence, row: dict[Any, Any]) -> Row:
    place = evidence.names.place(row["job"], row["gpu"])
    regret = float(row["regret_pct"])
    cells = (
        Cell(place.job),
        Cell(place.gpu),
        Cell(row["policy"]),
        Cell(_KNOBS.get(row["knob"], row["knob"])),
        Cell(number(row["value"]), key=float(row["value"])),
        Cell(energy(row["energy_j"]), key=float(row["energy_j"])),
        Cell(time(row["time_s"]), key=float(row["time_s"])),
        Cell(change(regret).removesuffix(" %"), key=regret),
    )
    return Row(cells, place, row["policy"])
