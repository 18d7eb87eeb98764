"""Runs a chunk of cells, wherever that is, and writes what became of them into shards.

::

    packed ─▶ unpacked ─▶ run_chunk ─▶ a cell: seeded, its output caught, its time taken ─▶ shard ─▶ report

"""

from __future__ import annotations

from simulator.lazy import looked_up

#: Where the names live; they are looked up when first used, so that the import is quick.
_HOMES = {
    "give_up": "simulator.explore.work.run",
    "packed": "simulator.explore.work.travel",
    "run_chunk": "simulator.explore.work.run",
    "unpacked": "simulator.explore.work.travel",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # the names are listed once

__getattr__, __dir__ = looked_up(__name__, _HOMES)
