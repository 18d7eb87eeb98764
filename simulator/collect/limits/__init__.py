"""Setting power limits so that they are given back, whatever happens.

::

    guarded ──lock──▶ journal on disk ──▶ guardian process ──▶ Limiter sets limits
       │                                      │
       end, exception, Ctrl-C: gives back     SIGTERM, SIGKILL of the controller: gives back
                                              killed as well: the journal stays, `restore` gives back

A journal says what each GPU was set to. It goes once all of that is set again, and is stale while it lies there and
nobody holds the locks of its GPUs, which a controller and its guardian share.
"""

from __future__ import annotations

from simulator.collect.limits.guarded import guarded
from simulator.collect.limits.journal import Journal, Original
from simulator.collect.limits.limiter import Limiter
from simulator.collect.limits.restore import Restored, restore, stale_journals
from simulator.collect.limits.settling import LimitSet

__all__ = [
    "Journal",
    "LimitSet",
    "Limiter",
    "Original",
    "Restored",
    "guarded",
    "restore",
    "stale_journals",
]
