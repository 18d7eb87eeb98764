"""What one window's edges cost each method, on the manual clock: hours of simulated time in seconds."""

from __future__ import annotations

import random
import tempfile

import numpy as np
import pandas as pd
import pynvml
from nvml_stub import ManualClock, SimulatedGpus

from monitors.load import IDLE_W, STEPS_S
from simulator.collect.energy import Meter
from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.sampling.loop import SAFE_PERIOD_NS, Loop
from simulator.collect.sampling.schema import FAST

__all__ = ["METHODS", "edge_errors"]

#: Ways to make a window's energy of an energy counter.
METHODS = ("counter at the edges (as zeus)", "linear between updates", "ours")

#: Mean power inside a window, and after it [W]; how far it ripples up and down inside, and after it where it does [W].
INSIDE_W, AFTER_W, RIPPLE_W, AFTER_RIPPLE_W = 225, 140, 75, 50


def edge_errors(library, length_s, *, repeats, steady, seed=0):
    """Measure windows of one length at random places, with other power before and after than inside.

    Parameters
    ----------
    library
        The compiled stub.
    length_s
        Length of the windows [s].
    repeats
        Windows for each of the six iteration times.
    steady
        Whether power outside of the windows is steady; else it ripples there, too.
    seed
        Seed of the places.

    Returns
    -------
    dict
        Relative errors of each method, shape (n_windows,).
    """
    with tempfile.TemporaryDirectory(prefix="monitors-") as folder:
        gpus = SimulatedGpus(folder, library=library, manual=True, idle_w=IDLE_W).attach()
        try:
            with nvml():
                edges, at_edges, samples = record(gpus, length_s, repeats, steady, random.Random(seed))  # noqa: S311 - phases, no secret
            truths = np.array([gpus.true_energy_j(*edge) for edge in edges])
        finally:
            gpus.detach()
    meter = Meter(samples, update_period_s=[0.1])
    energies = (at_edges, linear(samples, edges), np.array([meter.window(*edge).energy_j for edge in edges], float))
    return {method: energy / truths - 1 for method, energy in zip(METHODS, energies, strict=True)}


def record(gpus, length_s, repeats, steady, chance):
    """Sample windows one after the other; their edges, the counter as a script reads it there, and the samples."""
    rows, clock = [], ManualClock(gpus)
    loop = Loop(find_gpus(), clock=clock, period_ns=SAFE_PERIOD_NS, write=lambda fast, _slow: rows.extend(fast))
    handle = pynvml.nvmlDeviceGetHandleByIndex(0)

    def go(seconds, watts, **ripple):
        gpus.set_demand(watts, **ripple)
        loop.run_until(clock.monotonic_ns() + round(1e9 * seconds))
        return clock.monotonic_ns(), pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1e3

    edges, at_edges = [], []
    outside_w = 0 if steady else AFTER_RIPPLE_W
    for number, step_s in enumerate(STEPS_S * repeats):
        other_s = STEPS_S[(number + 2) % len(STEPS_S)]
        start_ns, at_start_j = go(3 + chance.random(), IDLE_W, ripple_w=outside_w, ripple_period_s=other_s)
        end_ns, at_end_j = go(length_s, INSIDE_W, ripple_w=RIPPLE_W, ripple_period_s=step_s)
        go(3, AFTER_W, ripple_w=outside_w, ripple_period_s=other_s)
        edges.append((start_ns, end_ns))
        at_edges.append(at_end_j - at_start_j)
    loop.flush()
    return edges, np.array(at_edges), pd.DataFrame(rows, columns=[column.name for column in FAST.columns])


def linear(samples, edges):
    """Interpolate the counter between the readings that first saw each update."""
    energy_j = samples["energy_mj"].to_numpy(float) / 1e3
    middle_ns = ((samples["before_ns"] + samples["after_ns"]) // 2).to_numpy()
    new = np.flatnonzero(np.diff(energy_j)) + 1
    at_ns = (middle_ns[new] + middle_ns[new - 1]) / 2
    starts_ns, ends_ns = np.array(edges).T
    return np.interp(ends_ns, at_ns, energy_j[new]) - np.interp(starts_ns, at_ns, energy_j[new])
