"""Compares policies, and reads result tables: summaries, differences with their intervals, the time–energy front.

The room has the name of its verb, as `simulator.replay` does: ``simulator.compare(jobs, traces, ...)`` calls
`simulator.compare.compare.compare`, and ``simulator.compare.summarize`` is in the room.
"""

from __future__ import annotations

from simulator.compare.compare import compare
from simulator.compare.comparison import Comparison
from simulator.compare.exploration import exploration
from simulator.compare.front import configurations, every_configuration, on_front
from simulator.compare.fronts import eta_front, policy_front
from simulator.compare.manifests import headline, manifests
from simulator.compare.means import mean_per_recurrence
from simulator.compare.potential import potential
from simulator.compare.pricing import price_policies, price_replays, price_runs
from simulator.compare.regret import regret
from simulator.compare.results import combine, failures, per_recurrence
from simulator.compare.sensitivity import sensitivity
from simulator.compare.shift import shift_start
from simulator.compare.slowdown import least_energies, least_energy
from simulator.compare.summary import BASELINE, summarize
from simulator.compare.tariff import Tariff
from simulator.compare.tariff_table import read_tariff
from simulator.compare.transfer import transfer
from simulator.verb import make_callable

__all__ = [
    "BASELINE",
    "Comparison",
    "Tariff",
    "combine",
    "compare",
    "configurations",
    "eta_front",
    "every_configuration",
    "exploration",
    "failures",
    "headline",
    "least_energies",
    "least_energy",
    "manifests",
    "mean_per_recurrence",
    "on_front",
    "per_recurrence",
    "policy_front",
    "potential",
    "price_policies",
    "price_replays",
    "price_runs",
    "read_tariff",
    "regret",
    "sensitivity",
    "shift_start",
    "summarize",
    "transfer",
]

make_callable(__name__, compare)
