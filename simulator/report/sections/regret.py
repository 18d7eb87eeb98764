"""What policies lost against the best fixed configuration, as recurrences go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.figures.panel import panel
from simulator.report.model import Drawing, Section
from simulator.report.sections.shared import aside, attempted, extremes, parts, unbroken
from simulator.report.words import counted, energy

if TYPE_CHECKING:
    from simulator.report.evidence import Evidence
    from simulator.report.sections.shared import Part

__all__ = ["regret"]


def regret(evidence: Evidence) -> Section | None:
    """Make the section; None if nobody wrote down what configurations cost."""
    known = [part for part in parts(evidence) if part.configurations is not None and not part.replay.overlapping]
    drawings, notes = attempted(known, lambda part: _drawing(evidence, part))
    if not drawings and not notes:
        return None
    lead = (
        "Regret is what a policy has cost beyond the best fixed batch size and power limit, added up. A line that goes "
        "flat has found it; one that rises steadily stays with something worse. Lines are medians over seeds, bands "
        "reach from quartile to quartile. Where data drift, the best configuration is that of each slice."
    )
    return Section("regret", "Regret: what learning cost", lead, drawings, notes=notes)


def _drawing(evidence: Evidence, part: Part) -> Drawing | None:
    if part.configurations is None or not part.policies:
        return None
    from simulator.compare import regret as added_up

    table = added_up(part.runs, part.configurations)
    last = table.loc[table["recurrence"] == table.groupby(["policy", "seed"])["recurrence"].transform("max")]
    lost = last.groupby("policy", sort=False)["cumulative_regret_j"].median()
    lost = unbroken(part, lost)
    least, most = extremes(lost)
    recurrences = counted(int(table["recurrence"].max()) + 1, "recurrence")
    best = "the best fixed choice" + (" of each slice" if part.replay.drifting else "")
    finding = f"{aside(lost.index)}{least} has lost least to {best} after {recurrences}: {energy(lost[least])} of cost"
    finding += f"; {most} has lost most, {energy(lost[most])}." if most != least else "."
    return Drawing(
        f"regret-{part.name}",
        f"{part.title}: regret",
        finding,
        panel(_drawer(table, part.runs, evidence.policies)),
        part.place,
        part.policies,
        part.tag,
    )


def _drawer(table: Any, runs: Any, policies: list[str]) -> Any:
    import simulator.plot as plot

    table.attrs = runs.attrs  # titles and notes are made from them
    return lambda ax: plot.regret(table, ax=ax, policies=policies)
