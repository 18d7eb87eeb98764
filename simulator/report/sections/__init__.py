"""Sections of the page: each file makes one of them from what was found, or says that there is nothing for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.report.sections.choices import choices
from simulator.report.sections.drift import drift
from simulator.report.sections.exploration import exploration
from simulator.report.sections.failures import failed
from simulator.report.sections.made import made
from simulator.report.sections.plane import plane
from simulator.report.sections.price import price
from simulator.report.sections.regret import regret
from simulator.report.sections.sensitivity import sensitivity
from simulator.report.sections.sweeps import sweeps
from simulator.report.sections.timeline import timeline
from simulator.report.sections.totals import totals
from simulator.report.sections.transfer import transfer
from simulator.report.sections.verdicts import verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.report.evidence import Evidence
    from simulator.report.model import Section

__all__ = ["SECTIONS"]

#: In the order of the page.
SECTIONS: tuple[Callable[[Evidence], Section | None], ...] = (
    verdicts,
    totals,
    regret,
    choices,
    plane,
    exploration,
    sensitivity,
    drift,
    timeline,
    transfer,
    price,
    sweeps,
    failed,
    made,
)
