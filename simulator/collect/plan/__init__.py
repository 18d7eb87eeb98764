"""What a collection is asked to do: a plan, the grid of its runs, and what they may take.

::

    TOML or options ──▶ Plan ──▶ runs (RunSpec) ──▶ estimate
                 (typed, check)   (limits, command)
"""

from simulator.collect.plan.estimate import Estimate, estimate
from simulator.collect.plan.grid import RunSpec
from simulator.collect.plan.plan import Plan
from simulator.collect.plan.tables import Grid, Measure, Output, Range

__all__ = ["Estimate", "Grid", "Measure", "Output", "Plan", "Range", "RunSpec", "estimate"]
