"""Jobs of a cluster, a chunk each, in arrays.

::

    Slurm ── chunks ──▶ outbox ── arrays of jobs, by submitit ──▶ Slurm ──▶ job, job, ...
      ├────── squeue, sacct ── lookout                                       │
      └────── reports, in files of the sweep's folder ◀──────────────────────┘

"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.lazy import looked_up

if TYPE_CHECKING:
    from simulator.explore.executors.slurm.slurm import Slurm

__all__ = ["Slurm"]

#: Looked up when first used: a job needs none of it.
__getattr__, __dir__ = looked_up(__name__, {"Slurm": "simulator.explore.executors.slurm.slurm"})
