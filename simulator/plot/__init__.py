"""Pictures of result tables, and of what `simulator.compare` makes of them.

Each function takes a table, draws into an Axes or makes a figure of its own, and returns the Axes, which shows itself
as the last value of a notebook's cell. matplotlib is loaded when something is drawn, and never pyplot.

Every artist that belongs to a policy has the id ``policy:NAME`` (`matplotlib.artist.Artist.get_gid`), which stands in
SVG as well.
"""

from __future__ import annotations

from simulator.plot.drift import drift
from simulator.plot.exploration import exploration
from simulator.plot.front import front
from simulator.plot.lines import batch_size, energy, power_limit, time
from simulator.plot.plane import plane
from simulator.plot.regret import regret
from simulator.plot.save import draw_job, save_plots
from simulator.plot.sensitivity import sensitivity
from simulator.plot.shown import MOST_LINES, by_importance
from simulator.plot.timeline import timeline
from simulator.plot.transfer import transfer
from simulator.plot.verdicts import verdicts

__all__ = [
    "MOST_LINES",
    "batch_size",
    "by_importance",
    "draw_job",
    "drift",
    "energy",
    "exploration",
    "front",
    "plane",
    "power_limit",
    "regret",
    "save_plots",
    "sensitivity",
    "time",
    "timeline",
    "transfer",
    "verdicts",
]
