"""Where policies end up between least time and least energy, and what would have been possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.figures.panel import panel
from simulator.report.model import Drawing, Section
from simulator.report.sections.shared import aside, extremes, parts, unbroken
from simulator.report.words import counted, energy, time

if TYPE_CHECKING:
    from simulator.report.evidence import Evidence
    from simulator.report.sections.shared import Part
    from simulator.report.tables import Kept

__all__ = ["plane"]


def plane(evidence: Evidence) -> Section | None:
    """Make the section; None if there is neither a replay nor a front."""
    drawings = [_of_replays(evidence, part) for part in parts(evidence) if part.policies]
    shown = {drawing.place for drawing in drawings}
    for i, kept in enumerate(evidence.kept.get("front", [])):
        plain = "policy" not in kept.tables.get("front", ()) and shown
        drawings += [each for each in _of_front(evidence, kept, i) if not (plain and each.place in shown)]
    if not drawings:
        return None
    lead = (
        "To the left is faster, further down takes less energy. Dots are recorded batch sizes and power limits, the "
        "line through rings is the Pareto front: what no other choice beats in both. A policy stands at its mean over "
        "all recurrences, exploration included; bars reach from quartile to quartile over seeds."
    )
    return Section("plane", "Time and energy", lead, tuple(drawings))


def _of_replays(evidence: Evidence, part: Part) -> Drawing:
    import simulator.plot as plot

    known = None if part.replay.overlapping or part.replay.drifting else part.configurations

    def draw(ax: Any) -> Any:
        return plot.plane(part.runs, configurations=known, ax=ax, policies=evidence.policies)

    whole = unbroken(part, part.summary["energy_j"])
    frugal, _ = extremes(whole)
    fast, _ = extremes(unbroken(part, part.summary["time_s"]))
    event = "submission" if part.replay.overlapping else "recurrence"
    least = energy(part.summary["energy_j"][frugal])
    finding = f"{aside(whole.index)}{frugal} takes the least energy per {event} ({least}), "
    finding += f"{'and' if fast == frugal else fast} the least time ({time(part.summary['time_s'][fast])})."
    if known is not None:
        on_front = int(known["on_front"].sum())
        finding += (
            f" {counted(on_front, 'configuration')} of {len(known)} {'is' if on_front == 1 else 'are'} on the front."
        )
    return Drawing(
        f"plane-{part.name}",
        f"{part.title}: time and energy",
        finding,
        panel(draw, height_in=3.8),
        part.place,
        part.policies,
        part.tag,
    )


def _of_front(evidence: Evidence, kept: Kept, i: int) -> list[Drawing]:
    import simulator.plot as plot
    from simulator.report.origin import tag

    table = kept.tables["front"]
    drawings = []
    for k, ((job, gpu), rows) in enumerate(table.groupby(["job", "gpu"], sort=False)):
        place = evidence.names.place(str(job), str(gpu))
        policies = tuple(dict.fromkeys(rows["policy"])) if "policy" in rows.columns else ()
        what = f"η of {', '.join(policies)}" if "eta" in rows.columns else "policies" if policies else "configurations"
        on_front = counted(int(rows["on_front"].sum()), "point")

        def draw(ax: Any, rows: Any = rows, policies: tuple[str, ...] = policies) -> Any:
            return plot.front(rows, ax=ax, policies=evidence.policies if policies else None)

        drawings.append(
            Drawing(
                f"front-{i}-{k}",
                f"{place}: front of {what}",
                f"{on_front} of {len(rows)} on the front: nothing else takes both less time and less energy.",
                panel(draw, height_in=3.8),
                place,
                policies,
                tag(evidence, [str(job)]),
            )
        )
    return drawings
