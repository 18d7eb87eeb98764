"""Workers of a Dask cluster: one that is there, one of processes beside this one, or one of Slurm's jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.lazy import looked_up

if TYPE_CHECKING:
    from simulator.explore.executors.dask.dask import Dask

__all__ = ["Dask"]

#: Looked up when first used: what workers load need not make a cluster.
__getattr__, __dir__ = looked_up(__name__, {"Dask": "simulator.explore.executors.dask.dask"})
