"""Reads what sweeps found: tables, intervals, fronts, exports, audits, and why a cell is what it is.

Nothing here changes a sweep's folder, and nothing in a table depends on who ran its cells, where or when.
"""

from __future__ import annotations

from simulator.lazy import looked_up

#: Where the names live.
_HOMES = {
    "audit": "simulator.explore.read.auditing",
    "differing": "simulator.explore.read.explain",
    "display": "simulator.explore.read.displays",
    "explain_cell": "simulator.explore.read.explain",
    "export_table": "simulator.explore.read.export",
    "gather": "simulator.explore.read.gathering",
    "overview": "simulator.explore.read.summary",
    "read_table": "simulator.explore.read.table",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # the names are listed once

__getattr__, __dir__ = looked_up(__name__, _HOMES)
