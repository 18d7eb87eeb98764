"""How policies follow jobs whose data drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.compare.manifests import manifests_of
from simulator.report.figures.panel import panel
from simulator.report.model import Drawing, Section
from simulator.report.sections.shared import aside, attempted, extremes, parts, unbroken
from simulator.report.words import change, counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.report.evidence import Evidence
    from simulator.report.sections.shared import Part

__all__ = ["drift", "drifts"]


def drift(evidence: Evidence) -> Section | None:
    """Make the section; None if no job drifts."""
    chosen = [part for part in parts(evidence) if drifts(part) and part.policies]
    costs, notes = attempted(chosen, lambda part: _costs(evidence, part))
    sizes, more = attempted(chosen, lambda part: _sizes(evidence, part))
    if not costs and not notes:
        return None
    lead = (
        "Data change, and what was the best batch size may not stay it. A slice is the data that one recurrence trains "
        "on, such as a week's. The figures show what each slice cost, relative to the batch size and power limit "
        "that are best for that slice, and which batch size was chosen; the broad grey line is the best one."
    )
    pairs = tuple(drawing for pair in zip(costs, sizes, strict=False) for drawing in pair)
    return Section("drift", "Drift over slices", lead, pairs or costs, notes=(*notes, *more))


def drifts(part: Part) -> bool:
    """Whether the data of a job differ from recurrence to recurrence."""
    made: Iterable[dict[str, Any]] = manifests_of(part.runs, part.summary["job"].iloc[0], part.summary["gpu"].iloc[0])
    return any(len(set(each["traces"].get("slices") or [])) > 1 for each in made)


def _costs(evidence: Evidence, part: Part) -> Drawing | None:
    import simulator.plot as plot
    from simulator.compare import regret

    finding = "What each slice cost."
    if part.configurations is not None:
        table = regret(part.runs, part.configurations)
        sums = table.groupby("policy")[["regret_j", "best_cost"]].sum()
        above = unbroken(part, 100 * sums["regret_j"] / sums["best_cost"])
        least, most = extremes(above)
        slices = counted(int(table["recurrence"].max()) + 1, "slice")
        finding = (
            f"{aside(above.index)}{least} costs least over {slices}: {change(above[least])} against the best of each"
        )
        finding += f"; {most} costs most, {change(above[most])}." if most != least else "."

    def draw(ax: Any) -> Any:
        return plot.drift(part.runs, configurations=part.configurations, ax=ax, policies=evidence.policies)

    return Drawing(
        f"drift-{part.name}", f"{part.title}: cost by slice", finding, panel(draw), part.place, part.policies, part.tag
    )


def _sizes(evidence: Evidence, part: Part) -> Drawing | None:
    import simulator.plot as plot

    def draw(ax: Any) -> Any:
        return plot.drift(
            part.runs, configurations=part.configurations, measure="batch_size", ax=ax, policies=evidence.policies
        )

    sizes = part.runs.groupby("policy")["batch_size"].nunique()
    still, restless = extremes(sizes.loc[list(part.policies)])
    finding = f"{restless} tries {counted(int(sizes[restless]), 'batch size')}, {still} {int(sizes[still])}."
    return Drawing(
        f"drift-size-{part.name}",
        f"{part.title}: batch size by slice",
        finding,
        panel(draw),
        part.place,
        part.policies,
        part.tag,
    )
