"""Results of cells on disk: Parquet files that are written once, by whoever ran the cells.

A shard has a column ``cell`` and those that its cells returned, and says in its metadata what became of each cell. It
takes its name when it is whole.
"""

from __future__ import annotations

from simulator.explore.shards.info import SHARDS, TORN, ShardInfo
from simulator.lazy import looked_up

#: Looked up when first used: they need pyarrow, and a look at a ledger does not.
_HOMES = {
    "chunk_shards": "simulator.explore.shards.read",
    "read_outcomes": "simulator.explore.shards.read",
    "read_rows": "simulator.explore.shards.rows",
    "read_shard": "simulator.explore.shards.read",
    "write_shard": "simulator.explore.shards.write",
}

__all__ = ["SHARDS", "TORN", "ShardInfo", *_HOMES]  # noqa: PLE0604  # the names are listed once

__getattr__, __dir__ = looked_up(__name__, _HOMES)
