"""Workers of Dask on this machine."""

from __future__ import annotations

from executor_contract import ContractApart

from simulator.explore.executors.dask import Dask


class TestDask(ContractApart):
    """It keeps the rules of all executors."""

    ahead = True

    def make(self):
        return Dask(workers=2)
