"""``simulator collect``: make traces on a GPU."""

from __future__ import annotations

from simulator.cli.collect.example import example
from simulator.cli.collect.finalize import finalize
from simulator.cli.collect.plot import plot
from simulator.cli.collect.probe import probe
from simulator.cli.collect.restore import restore
from simulator.cli.collect.run import run
from simulator.cli.collect.watch import watch
from simulator.cli.default import GroupWithDefault

__all__ = ["collect"]

collect = GroupWithDefault(run, [example, finalize, plot, probe, restore, watch])
