"""Plans: functions that are called with a launcher, what they make, and how they are read from files."""

from __future__ import annotations

from simulator.lazy import looked_up

#: Where the names live; they are looked up when first used, so that the import is quick.
_HOMES = {
    "Entry": "simulator.explore.plan.herd",
    "Explorer": "simulator.explore.plan.explorer",
    "Group": "simulator.explore.plan.columns",
    "Herd": "simulator.explore.plan.herd",
    "Launcher": "simulator.explore.plan.launcher",
    "Leaf": "simulator.explore.plan.columns",
    "Plan": "simulator.explore.plan.loading",
    "Settings": "simulator.explore.plan.settings",
    "Sheep": "simulator.explore.plan.sheep",
    "group": "simulator.explore.plan.columns",
    "leaf": "simulator.explore.plan.columns",
    "load_plan": "simulator.explore.plan.loading",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # the names are listed once

__getattr__, __dir__ = looked_up(__name__, _HOMES)
