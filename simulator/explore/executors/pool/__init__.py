"""Processes on this machine that run chunks and die with their driver.

::

    Pool ── orders, in a line of JSON ──▶ nursery ── forks ──▶ worker, worker, ...
      └──────────── chunks and reports, a socket each ───────────┘

"""

from __future__ import annotations

from simulator.explore.executors.pool.pool import Pool

__all__ = ["Pool"]
