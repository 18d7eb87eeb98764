"""The ledger of a sweep's folder: cells, attempts, states, and who belongs to which grid."""

from __future__ import annotations

from simulator.explore.ledger.ledger import Ledger
from simulator.explore.ledger.lock import FolderLock, Holder, holder
from simulator.explore.ledger.records import Attempt, CellRow, Described, Durations, GridRow, Planned, Running
from simulator.explore.ledger.repairs import Adopted, Compacted, Verified

__all__ = [
    "Adopted",
    "Attempt",
    "CellRow",
    "Compacted",
    "Described",
    "Durations",
    "FolderLock",
    "GridRow",
    "Holder",
    "Ledger",
    "Planned",
    "Running",
    "Verified",
    "holder",
]
