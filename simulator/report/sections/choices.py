"""Which batch size and power limit policies choose, from recurrence to recurrence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.figures.panel import panel
from simulator.report.model import Drawing, Section
from simulator.report.sections.shared import ending, main_policies, parts

if TYPE_CHECKING:
    from simulator.report.evidence import Evidence
    from simulator.report.sections.shared import Part

__all__ = ["choices"]


def choices(evidence: Evidence) -> Section | None:
    """Make the section; None if no replay got through."""
    drawings = [drawing for part in parts(evidence) if part.policies for drawing in _drawings(evidence, part)]
    if not drawings:
        return None
    lead = (
        "The batch size and the power limit of each recurrence's last try. Lines are medians over seeds, bands reach "
        "from quartile to quartile. Early recurrences stand one by one, later ones are pooled."
    )
    return Section("choices", "Batch size and power limit", lead, tuple(drawings))


def _drawings(evidence: Evidence, part: Part) -> list[Drawing]:
    import simulator.plot as plot

    sizes, limits = _endings(part)
    shared: dict[str, Any] = {"place": part.place, "policies": part.policies, "tag": part.tag}

    def drawer(function: Any) -> Any:
        return panel(lambda ax: function(part.runs, ax=ax, policies=evidence.policies))

    return [
        Drawing(f"size-{part.name}", f"{part.title}: batch size", sizes, drawer(plot.batch_size), **shared),
        Drawing(f"limit-{part.name}", f"{part.title}: power limit", limits, drawer(plot.power_limit), **shared),
    ]


def _endings(part: Part) -> tuple[str, str]:
    """Say what most seeds end with, of the policies that matter most."""
    ends = {policy: ending(part.summary, policy) for policy in main_policies(part.policies)}
    known = {policy: end for policy, end in ends.items() if end is not None}
    sizes = ", ".join(f"{policy} with {size}" for policy, (size, _) in known.items())
    limits = ", ".join(f"{policy} with {limit} W" for policy, (_, limit) in known.items())
    return f"Most seeds end with this batch size: {sizes}.", f"Most seeds end with this power limit: {limits}."
