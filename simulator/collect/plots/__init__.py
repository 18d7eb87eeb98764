"""Pictures of a collection: power over a run, and what each cell of the grid came to.

matplotlib is loaded when something is drawn, and never pyplot.

::

    samples ──▶ series ─┐
    events, result ──▶ spans ──▶ power ──▶ save
                 results ──▶ cells ────────┘
"""

from __future__ import annotations

from simulator.collect.plots.cells import plot_cells
from simulator.collect.plots.power import plot_power
from simulator.collect.plots.save import save_plots

__all__ = ["plot_cells", "plot_power", "save_plots"]
