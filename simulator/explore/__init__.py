"""Many replays: planned, named, run anywhere, resumed after anything, read.

A plan is a Python function that is called with a launcher; what it schedules are cells, each named by its content, so
that nothing runs twice and nothing stale is shown.
"""

from __future__ import annotations

from simulator.lazy import looked_up

#: Where the names live; they are looked up when first used, so that the import is quick.
_HOMES = {
    "Axes": "simulator.explore.axes",
    "Collect": "simulator.explore.tasks.collect",
    "Compare": "simulator.explore.tasks.compare",
    "Config": "simulator.explore.config",
    "Explorer": "simulator.explore.plan.explorer",
    "File": "simulator.explore.config",
    "Launcher": "simulator.explore.plan.launcher",
    "Ledger": "simulator.explore.ledger.ledger",
    "Race": "simulator.explore.driver.race",
    "Recorded": "simulator.explore.config",
    "Replay": "simulator.explore.tasks.replay",
    "Settings": "simulator.explore.plan.settings",
    "Sheep": "simulator.explore.plan.sheep",
    "Task": "simulator.explore.config",
    "Token": "simulator.explore.tokens.token",
    "audit": "simulator.explore.read.auditing",
    "experiment": "simulator.explore.driver.experiments",
    "explain": "simulator.explore.config",
    "export_table": "simulator.explore.read.export",
    "group": "simulator.explore.plan.columns",
    "leaf": "simulator.explore.plan.columns",
    "load_plan": "simulator.explore.plan.loading",
    "meta": "simulator.explore.config",
    "options": "simulator.explore.config",
    "param": "simulator.explore.config",
    "preview_grid": "simulator.explore.driver.grids",
    "product": "simulator.explore.axes",
    "read_table": "simulator.explore.read.table",
    "run_grid": "simulator.explore.driver.grids",
    "tag": "simulator.explore.config",
    "tags": "simulator.explore.config",
    "tagspath": "simulator.explore.config",
    "where": "simulator.explore.axes",
    "zip_": "simulator.explore.axes",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # the names are listed once

__getattr__, __dir__ = looked_up(__name__, _HOMES)
