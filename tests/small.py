"""A small trace made by hand, and a policy that has nothing but the interface."""

from __future__ import annotations

import math

import pandas as pd

from simulator import Job, Traces
from simulator.policy import BatchSizeOptimizer

WORKLOAD = {"dataset": "d", "network": "n", "optimizer": "adam"}
JOB = Job("d", "n", "adam", 0.5, 20, default_bs=16)


def make_traces(epochs, *, limits=(100, 200), slices=None):
    """Traces with the given target epochs per batch size, {size: [epochs of each run]}."""
    train = [
        {**WORKLOAD, "batch_size": size, "run": run, "target_metric": 0.5, "target_epoch": epoch}
        for size, runs in epochs.items()
        for run, epoch in enumerate(runs)
    ]
    if slices:
        train = [
            {**row, "slice": number, "target_epoch": row["target_epoch"] + number} for number in slices for row in train
        ]
    power = [
        {
            **WORKLOAD,
            "batch_size": size,
            "power_limit": limit,
            "time_per_epoch": 100.0 / size * (250 / limit) ** 0.5,
            "average_power": limit * 0.9,
        }
        for size in epochs
        for limit in limits
    ]
    return Traces(train=pd.DataFrame(train), power=pd.DataFrame(power), gpu="v100", name="test")


TRACES = make_traces({8: [4.0, 5.0], 16: [6.0, 7.0], 32: [9.0, 20.0], 64: [math.nan]})


class Fixed(BatchSizeOptimizer):
    """Always the same batch size; written against the interface alone."""

    name = "fixed"

    def __init__(self, batch_size=16):
        self.batch_size = batch_size
        self.observed = []

    def register_job(self, job, batch_sizes):
        pass

    def predict(self, job):
        return self.batch_size

    def observe(self, job, batch_size, cost, converged=None):
        self.observed.append((batch_size, cost, converged))


def make_groups():
    """Make two groups of one dataset; submissions overlap in both."""
    rows = [("a", 0, 100, 1.0), ("a", 50, 70, 2.0), ("b", 0, 10, 1.0), ("b", 5, 30, 0.5), ("b", 500, 600, 1.0)]
    table = pd.DataFrame(rows, columns=["group", "start_time", "end_time", "runtime_ratio"])
    return table.astype({"start_time": float, "end_time": float}).assign(dataset="d")
