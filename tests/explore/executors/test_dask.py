"""Workers of Dask on this machine."""

from __future__ import annotations

from executor_contract import Contract

from simulator.explore.executors.dask import Dask


class TestDask(Contract):
    """It keeps the rules of all executors."""

    def make(self):
        return Dask(workers=2)
