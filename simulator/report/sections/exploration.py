"""What policies paid for not knowing from the start what they settled on in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.figures.panel import panel
from simulator.report.model import Cell, Column, Drawing, Row, Section, Table
from simulator.report.names import in_order
from simulator.report.origin import tag
from simulator.report.sections.shared import attempted, extremes, parts, unbroken
from simulator.report.words import NONE, energy, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from simulator.report.evidence import Evidence
    from simulator.report.sections.shared import Part

__all__ = ["exploration"]

_KINDS = {"profiling": "Profiling", "failed": "Failed or stopped", "searching": "Other choices"}

#: Width, which a phone has room for; and height of the bars: what axes need, and each bar [in].
_WIDTH_IN, _FRAME_IN, _BAR_IN = 4.5, 1.3, 0.32

_COLUMNS = (
    Column("Job"),
    Column("GPU"),
    Column("Policy"),
    Column("Settled on"),
    Column("After recurrences", numeric=True),
    *(Column(f"{word} [%]", numeric=True) for word in _KINDS.values()),
    Column("All exploration [%]", numeric=True),
)


def exploration(evidence: Evidence) -> Section | None:
    """Make the section; None without a replay of recurrences."""
    chosen = [part for part in parts(evidence) if not part.replay.overlapping and part.policies]
    tables: list[tuple[Part, pd.DataFrame]] = []
    drawings, notes = attempted(chosen, lambda part: _drawing(evidence, part, tables))
    if not drawings and not notes:
        return None
    lead = (
        "Had a policy known from the start what it settled on in the end, it would have paid less. The rest is split "
        "by why runs ran: first epochs spent on power limits, runs that failed or were stopped, and runs with other "
        "choices. Beside each bar: its share of all that the policy paid, and the batch size that it settled on. A "
        "policy that settles on something bad at once pays nothing here, and all of it as regret."
    )
    rows = tuple(_row(evidence, row) for _, table in tables for row in table.to_dict("records"))
    table = Table(
        "exploration-shares",
        "Shares of all that a policy paid",
        _COLUMNS,
        rows,
        note="Shares of cost, mean over the seeds that got through. Below zero: what was tried was better than what "
        "was kept.",
        tag=tag(evidence, in_order(*(table["job"] for _, table in tables))),
        folded=True,
    )
    return Section("exploration", "Cost of exploration", lead, drawings, (table,) if rows else (), notes)


def _drawing(evidence: Evidence, part: Part, tables: list[tuple[Part, pd.DataFrame]]) -> Drawing:
    import simulator.plot as plot
    from simulator.compare import exploration as paid_for

    table = paid_for(part.runs)
    tables.append((part, table))
    shown = [policy for policy in evidence.policies if policy in part.policies]
    shares = table.loc[table["seeds"] > 0].set_index("policy")["exploration_share_pct"]
    amounts = table.set_index("policy")["exploration_cost"]
    _, most = extremes(unbroken(part, shares))
    finding = f"{most} pays most for exploration: {shares[most]:.1f} % of its cost ({energy(amounts[most])})"
    named = next((policy for policy in ("pruning-gts", "gts") if policy in shares.index and policy != most), None)
    finding += f"; {named} pays {shares[named]:.1f} %." if named else "."
    given = table.copy(deep=False)
    given.attrs = part.runs.attrs
    return Drawing(
        f"exploration-{part.name}",
        f"{part.title}: exploration",
        finding,
        panel(
            lambda ax: _in_two_lines(plot.exploration(given, ax=ax, policies=shown)),
            width_in=_WIDTH_IN,
            height_in=_FRAME_IN + _BAR_IN * len(shown),
            legend=True,
        ),
        part.place,
        tag=part.tag,
    )


def _in_two_lines(ax: Axes) -> None:
    """Break the words beside bars, which would leave little room for the bars and be cut on a phone."""
    for text in ax.texts:
        text.set_text(text.get_text().replace("; settles on ", "\n"))


def _row(evidence: Evidence, row: dict[Any, Any]) -> Row:
    place = evidence.names.place(row["job"], row["gpu"])
    done = bool(row["seeds"])
    settled = f"{row['settled_batch_size']} at {row['settled_power_limit_w']} W" if done else NONE
    shares = [float(row[f"{kind}_share_pct"]) for kind in (*_KINDS, "exploration")]
    cells = (
        Cell(place.job),
        Cell(place.gpu),
        Cell(row["policy"]),
        Cell(settled),
        Cell(number(row["settled_recurrence"]), key=float(row["settled_recurrence"])),
        *(Cell(f"{share:.1f}".replace("-", "−") if share == share else NONE, key=share) for share in shares),
    )
    return Row(cells, place, row["policy"])
