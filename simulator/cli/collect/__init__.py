"""``simulator collect``: make traces on a GPU."""

from __future__ import annotations

from simulator.cli.collect.default import GroupWithDefault
from simulator.cli.collect.finalize import finalize
from simulator.cli.collect.restore import restore
from simulator.cli.collect.run import run

__all__ = ["collect"]

collect = GroupWithDefault(run, [finalize, restore])
