"""Many replays: planned, named, run anywhere, resumed after anything, read.

A plan is a Python function that is called with a launcher; what it schedules are cells, each named by its content, so
that nothing runs twice and nothing stale is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.lazy import looked_up

if TYPE_CHECKING:
    from simulator.explore.axes import Axes, product, where, zip_
    from simulator.explore.config import (
        Config,
        File,
        Recorded,
        Task,
        explain,
        meta,
        options,
        param,
        tag,
        tags,
        tagspath,
    )
    from simulator.explore.driver.experiments import experiment
    from simulator.explore.driver.grids import preview_grid, run_grid
    from simulator.explore.driver.race import Race
    from simulator.explore.driver.snapshot import Counts, Forecast, Run, Snapshot
    from simulator.explore.ledger.ledger import Ledger
    from simulator.explore.plan.columns import group, leaf
    from simulator.explore.plan.explorer import Explorer
    from simulator.explore.plan.launcher import Launcher
    from simulator.explore.plan.loading import load_plan
    from simulator.explore.plan.settings import Settings
    from simulator.explore.plan.sheep import Sheep
    from simulator.explore.read.auditing import audit
    from simulator.explore.read.export import export_table
    from simulator.explore.read.table import read_table
    from simulator.explore.tasks.collect import Collect
    from simulator.explore.tasks.compare import Compare
    from simulator.explore.tasks.replay import Replay
    from simulator.explore.tokens.token import Token

__all__ = [
    "Axes",
    "Collect",
    "Compare",
    "Config",
    "Counts",
    "Explorer",
    "File",
    "Forecast",
    "Launcher",
    "Ledger",
    "Race",
    "Recorded",
    "Replay",
    "Run",
    "Settings",
    "Sheep",
    "Snapshot",
    "Task",
    "Token",
    "audit",
    "experiment",
    "explain",
    "export_table",
    "group",
    "leaf",
    "load_plan",
    "meta",
    "options",
    "param",
    "preview_grid",
    "product",
    "read_table",
    "run_grid",
    "tag",
    "tags",
    "tagspath",
    "where",
    "zip_",
]

#: Where the names live; they are looked up when first used, so that the import is quick.
_HOMES = {
    "Axes": "simulator.explore.axes",
    "Collect": "simulator.explore.tasks.collect",
    "Compare": "simulator.explore.tasks.compare",
    "Config": "simulator.explore.config",
    "Counts": "simulator.explore.driver.snapshot",
    "Explorer": "simulator.explore.plan.explorer",
    "File": "simulator.explore.config",
    "Forecast": "simulator.explore.driver.snapshot",
    "Launcher": "simulator.explore.plan.launcher",
    "Ledger": "simulator.explore.ledger.ledger",
    "Race": "simulator.explore.driver.race",
    "Recorded": "simulator.explore.config",
    "Replay": "simulator.explore.tasks.replay",
    "Run": "simulator.explore.driver.snapshot",
    "Settings": "simulator.explore.plan.settings",
    "Sheep": "simulator.explore.plan.sheep",
    "Snapshot": "simulator.explore.driver.snapshot",
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

__getattr__, __dir__ = looked_up(__name__, _HOMES)
