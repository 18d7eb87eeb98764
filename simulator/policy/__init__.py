"""Who decides: batch size and power limit policies, by name or by class.

`names` lists what there is and `create` makes it; `BatchSizeOptimizer` and `PowerLimitOptimizer` are what a policy of
your own implements, and `simulator.policy.checks` tells whether it does so properly.
"""

from __future__ import annotations

from simulator.policy.base import PlainStateOptimizer
from simulator.policy.gts import GTSBatchSizeOptimizer
from simulator.policy.interface import BatchSizeOptimizer, PowerLimitOptimizer
from simulator.policy.power.base import PlainStatePowerOptimizer
from simulator.policy.power.jit import JITPowerLimitOptimizer
from simulator.policy.pruning_gts import PruningGTSBatchSizeOptimizer
from simulator.policy.registry import create, create_power, describe, describe_power, names, power_names

__all__ = [
    "BatchSizeOptimizer",
    "GTSBatchSizeOptimizer",
    "JITPowerLimitOptimizer",
    "PlainStateOptimizer",
    "PlainStatePowerOptimizer",
    "PowerLimitOptimizer",
    "PruningGTSBatchSizeOptimizer",
    "create",
    "create_power",
    "describe",
    "describe_power",
    "names",
    "power_names",
]
