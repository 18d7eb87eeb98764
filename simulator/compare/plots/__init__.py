"""Pictures of result tables. matplotlib is loaded when something is drawn, and never pyplot."""

from __future__ import annotations

from simulator.compare.plots.lines import plot_batch_size, plot_energy, plot_time
from simulator.compare.plots.plane import plot_plane
from simulator.compare.plots.save import draw_job, save_plots
from simulator.compare.plots.shown import MOST_LINES, by_importance

__all__ = [
    "MOST_LINES",
    "by_importance",
    "draw_job",
    "plot_batch_size",
    "plot_energy",
    "plot_plane",
    "plot_time",
    "save_plots",
]
