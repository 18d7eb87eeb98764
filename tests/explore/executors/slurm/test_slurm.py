"""Jobs of a real Slurm on this machine."""

from __future__ import annotations

import pytest
from executor_contract import ContractApart

from simulator.explore.executors.slurm import Slurm


@pytest.mark.usefixtures("slurm")
class TestSlurm(ContractApart):
    """It keeps the rules of all executors."""

    def make(self):
        return Slurm(workers=8, grace_s=1.0)
