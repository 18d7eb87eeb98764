"""Recorded configurations and their Pareto front."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from simulator.compare import configurations, on_front
from simulator.job import Job
from simulator.trace.traces import Traces

POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25)


@given(POINTS)
def test_nothing_beats_the_front_and_everything_else_is_beaten(points):
    """The definition, point by point, ties and repeated points included."""
    energy, time = [p[0] for p in points], [p[1] for p in points]
    for point, front in zip(points, on_front(energy, time), strict=True):
        beaten = any(other != point and other[0] <= point[0] and other[1] <= point[1] for other in points)
        assert front == (not beaten)


def test_configurations_cost_what_trying_until_success_costs():
    """Each success pays for the misses before it; a batch size that never reaches the target is left out."""
    workload = {"dataset": "d", "network": "n", "optimizer": "adam"}
    epochs = {8: [4.0, 2.0], 16: [3.0, np.nan], 32: [np.nan]}
    train = pd.DataFrame(
        [
            {**workload, "batch_size": size, "target_metric": 0.9, "target_epoch": epoch}
            for size, recorded in epochs.items()
            for epoch in recorded
        ]
    )
    power = pd.DataFrame(
        [
            {**workload, "batch_size": size, "power_limit": limit, "time_per_epoch": 400 / limit, "average_power": 50.0}
            for size in epochs
            for limit in (100, 200)
        ]
    )
    table = Traces(train=train, power=power).table(Job("d", "n", "adam", 0.9, 10))
    found = configurations(table).set_index(["batch_size", "power_limit_w"])
    assert found.index.tolist() == [(8, 100), (8, 200), (16, 100), (16, 200)]
    assert found.loc[(8, 200), ["energy_j", "time_s"]].tolist() == [300, 6]
    assert found.loc[(16, 100), ["energy_j", "time_s"]].tolist() == [13 * 200, 13 * 4]  # 3 epochs, and 10 in vain
    assert found.index[found["on_front"]].tolist() == [(8, 200)]
