"""An offline, trace-driven simulator for energy-aware training.

Recorded training and power traces are replayed through batch-size and power-limit policies, to learn what each would
have cost in joules and seconds. Start with `replay` and `compare`, or with `Simulator` for scripts of the published
simulator; `simulator.explore` plans, runs and reads many replays, `simulator.collect` records traces of your own,
and `simulator.plot` draws what comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.errors import SimulatorError
from simulator.job import Job
from simulator.lazy import looked_up

if TYPE_CHECKING:
    from simulator import collect, explore, plot
    from simulator.compare.compare import compare
    from simulator.compare.comparison import Comparison
    from simulator.replay.replay import replay
    from simulator.replay.simulator import HistoryEntry, Simulator
    from simulator.report.write import write as report
    from simulator.trace.read import list_gpus, read_groups, read_traces
    from simulator.trace.traces import Traces

__all__ = [
    "Comparison",
    "HistoryEntry",
    "Job",
    "Simulator",
    "SimulatorError",
    "Traces",
    "collect",
    "compare",
    "explore",
    "list_gpus",
    "plot",
    "read_groups",
    "read_traces",
    "replay",
    "report",
]

#: Where the names live that need pandas: they are looked up when first used, so that the import is quick.
_HOMES = {
    "Comparison": "simulator.compare.comparison",
    "HistoryEntry": "simulator.replay.simulator",
    "Simulator": "simulator.replay.simulator",
    "Traces": "simulator.trace.traces",
    "collect": "simulator.collect",
    "compare": "simulator.compare",
    "explore": "simulator.explore",
    "list_gpus": "simulator.trace.read",
    "plot": "simulator.plot",
    "read_groups": "simulator.trace.read",
    "read_traces": "simulator.trace.read",
    "replay": "simulator.replay",
    "report": "simulator.report",
}

__getattr__, __dir__ = looked_up(__name__, _HOMES)
