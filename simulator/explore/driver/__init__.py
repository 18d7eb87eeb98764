"""Makes a plan come true: what is ready is put into chunks, handed out, recorded, and tried again where it was lost.

::

    plan ──▶ herd ──▶ schedule ──▶ chunks ──▶ executor
                ▲         ▲                      │ shards
                └─ ledger ┴──────── loop ◀───────┘

Nothing here runs beside the caller: the loop turns while `Experiment.wait` or `run_grid` is waited for.
"""

from __future__ import annotations

from simulator.lazy import looked_up

#: Where the names live.
_HOMES = {
    "Counts": "simulator.explore.driver.snapshot",
    "Experiment": "simulator.explore.driver.submitting",
    "Failure": "simulator.explore.driver.snapshot",
    "Forecast": "simulator.explore.driver.snapshot",
    "Preview": "simulator.explore.driver.snapshot",
    "Race": "simulator.explore.driver.race",
    "Run": "simulator.explore.driver.snapshot",
    "Snapshot": "simulator.explore.driver.snapshot",
    "ask": "simulator.explore.driver.requests",
    "experiment": "simulator.explore.driver.experiments",
    "forecast": "simulator.explore.driver.forecasts",
    "preview_grid": "simulator.explore.driver.grids",
    "run_grid": "simulator.explore.driver.grids",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # the names are listed once

__getattr__, __dir__ = looked_up(__name__, _HOMES)
