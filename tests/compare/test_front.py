"""Recorded configurations and their Pareto front."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from simulator.compare import configurations, every_configuration, on_front
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


def test_configurations_of_several_places_stand_under_one_another_slice_by_slice():
    """A job that drifts has rows of each slice with a front of its own; one that does not has no slice."""
    rows = [("drifts", 0, 8, 4.0), ("drifts", 0, 16, 5.0), ("drifts", 3, 8, 6.0), ("drifts", 3, 16, np.nan)]
    train = pd.DataFrame(rows, columns=["dataset", "slice", "batch_size", "target_epoch"])
    train = train.assign(network="n", optimizer="adam", target_metric=0.9)
    still = train[train["slice"] == 0].assign(dataset="still")
    power = train[["dataset", "network", "optimizer", "batch_size"]].drop_duplicates()
    power = power.assign(power_limit=200, time_per_epoch=2.0, average_power=50.0)
    drifting = Traces(train=train, power=power, gpu="v100")
    other = Traces(train=still, power=power.assign(dataset="still"), gpu="a40")
    job, still_job = (Job(name, "n", "adam", 0.9, 10) for name in ("drifts", "still"))
    found = every_configuration(job, drifting, eta=1)
    assert found[["slice", "batch_size", "cost", "on_front"]].values.tolist() == [
        [0, 8, 400.0, True],
        [0, 16, 500.0, False],
        [3, 8, 600.0, True],
    ]
    alone = every_configuration(still_job, other, eta=0)
    assert "slice" not in alone.columns
    assert alone["cost"].tolist() == [200 * 8.0, 200 * 10.0]
    assert alone[["energy_j", "time_s"]].equals(configurations(other.table(still_job))[["energy_j", "time_s"]])
