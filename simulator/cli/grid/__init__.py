"""``simulator grid``: sweeps, planned, run, resumed and read."""

from __future__ import annotations

from simulator.cli.default import GroupWithDefault
from simulator.cli.grid.audit import audit
from simulator.cli.grid.cancel import cancel
from simulator.cli.grid.clear import clear
from simulator.cli.grid.example import example
from simulator.cli.grid.explain import explain
from simulator.cli.grid.export import export
from simulator.cli.grid.forecast import forecast
from simulator.cli.grid.log import log
from simulator.cli.grid.retry import retry
from simulator.cli.grid.run import default, run
from simulator.cli.grid.status import status
from simulator.cli.grid.table import table

__all__ = ["grid"]

grid = GroupWithDefault(
    default, [run, status, table, explain, log, export, forecast, audit, retry, cancel, clear, example]
)
