"""What the best choice on one GPU costs on another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.figures.panel import panel
from simulator.report.model import Drawing, Place, Section
from simulator.report.origin import tag
from simulator.report.words import change, number

if TYPE_CHECKING:
    import pandas as pd

    from simulator.report.evidence import Evidence
    from simulator.report.tables import Kept

__all__ = ["transfer"]


def transfer(evidence: Evidence) -> Section | None:
    """Make the section; None if nobody looked."""
    every = evidence.kept.get("transfer", [])
    drawings = tuple(
        _drawing(evidence, kept, rows, f"transfer-{i}-{k}")
        for i, kept in enumerate(every)
        for k, (_, rows) in enumerate(kept.tables["transfer"].groupby("job", sort=False))
    )
    if not drawings:
        return None
    notes = tuple(note for kept in every for note in _unknown(evidence, kept.tables["transfer"]))
    lead = (
        "The batch size and power limit that are best on the GPU of a row, run on the GPU of a column: how much more "
        "that costs than the best choice there. Expected costs of the recorded runs; nothing is drawn by chance."
    )
    return Section("transfer", "From one GPU to another", lead, drawings, notes=notes)


def _unknown(evidence: Evidence, table: pd.DataFrame) -> list[str]:
    """Say why fields are empty, in a sentence for each job."""
    empty = table.loc[table["reason"].astype(bool)]
    return [
        f"{evidence.names.job(str(job))}, empty fields: {'; '.join(sorted(set(rows['reason'])))}."
        for job, rows in empty.groupby("job", sort=False)
    ]


def _drawing(evidence: Evidence, kept: Kept, rows: pd.DataFrame, name: str) -> Drawing:
    import simulator.plot as plot

    job = str(rows["job"].iloc[0])
    elsewhere = rows.loc[(rows["gpu_from"] != rows["gpu_to"]) & rows["cost_pct"].notna()]
    finding = "No configuration of one GPU is known on another."
    if len(elsewhere):
        worst = elsewhere.iloc[int(elsewhere["cost_pct"].argmax())]
        finding = (
            f"At worst, what is best on {worst['gpu_from']} costs {change(worst['cost_pct'])} more on "
            f"{worst['gpu_to']}; half of the moves cost at most {number(elsewhere['cost_pct'].median(), 2)} % more."
        ).replace("+", "")

    def draw(ax: Any) -> Any:
        return plot.transfer(rows, job=job, ax=ax)

    short = evidence.names.job(job)
    return Drawing(
        name, f"{short}: from GPU to GPU", finding, panel(draw, width_in=4.6), Place(short), tag=tag(evidence, [job])
    )
