"""Sensors in pure Python, derived from a power profile with a known energy, for tests over many profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd


class Profile:
    """Power that is constant between edges [s]; edges has one more than watts."""

    def __init__(self, edges, watts):
        self.edges, self.watts = np.asarray(edges, float), np.asarray(watts, float)
        self._energy = np.concatenate([[0.0], np.cumsum(np.diff(self.edges) * self.watts)])

    def energy_j(self, moment):
        return np.interp(moment, self.edges, self._energy)

    def truth_j(self, start_s, end_s):
        return float(self.energy_j(end_s) - self.energy_j(start_s))


def random_profile(draw, total_s, shortest_s, longest_s, low_w=50, high_w=400):
    """Draw a profile with parts of random length and power; ``draw`` is numpy's generator."""
    edges = np.concatenate([[0.0], np.cumsum(draw.uniform(shortest_s, longest_s, int(total_s / shortest_s) + 1))])
    edges = np.append(edges[edges < total_s], total_s)
    return Profile(edges, draw.uniform(low_w, high_w, len(edges) - 1))


def sample(profile, *, update_s=0.1, window_s=0.025, read_s=0.053, phase=0.3, offset_ns=10**15, gpu=0):
    """Read a GPU that follows the profile, from its first to its last edge."""
    first, last = profile.edges[0], profile.edges[-1]
    updated = first + update_s * (phase + np.arange(-2, (last - first) / update_s + 1))
    counter = np.floor(1e3 * profile.energy_j(updated)).astype(np.int64) + 10**10
    instant = (profile.energy_j(updated) - profile.energy_j(updated - window_s)) / window_s
    average = profile.energy_j(updated) - profile.energy_j(updated - 1)
    read = np.arange(first, last, read_s)
    seen = np.searchsorted(updated, read, side="right") - 1
    before = offset_ns + np.round(1e9 * read).astype(np.int64)
    return pd.DataFrame(
        {
            "tick": np.arange(len(read)),
            "gpu": np.int8(gpu),
            "before_ns": before,
            "after_ns": before + 20_000,
            "power_instant_mw": np.round(1e3 * instant[seen]).astype(np.int64),
            "power_average_mw": np.round(1e3 * average[seen]).astype(np.int64),
            "energy_mj": counter[seen],
        }
    ).convert_dtypes()


def nanoseconds(seconds, offset_ns=10**15):
    """A moment of the profile on the samples' clock."""
    return offset_ns + round(1e9 * seconds)
