"""How much there is to save."""

from __future__ import annotations

import pandas as pd
import pytest

import simulator
from simulator import Job
from simulator.compare import configurations, potential
from simulator.errors import ReplayError


@pytest.fixture
def traces():
    """One job, two batch sizes, two limits, one run each: 10 and 4 epochs of so many seconds and watts."""
    row = {"dataset": "d", "network": "n", "optimizer": "adam"}
    train = [{**row, "batch_size": size, "target_metric": 0.9, "target_epoch": n} for size, n in ((8, 10.0), (16, 4.0))]
    cells = {(8, 100): (10.0, 50.0), (8, 200): (6.0, 100.0), (16, 100): (20.0, 80.0), (16, 200): (15.0, 90.0)}
    power = [
        {**row, "batch_size": size, "power_limit": limit, "time_per_epoch": time_s, "average_power": watts}
        for (size, limit), (time_s, watts) in cells.items()
    ]
    return simulator.Traces(train=pd.DataFrame(train), power=pd.DataFrame(power), gpu="g", synthetic=True)


def job(**changes):
    """The one job of these traces."""
    return Job("d", "n", "adam", 0.9, 100, **{"default_bs": 8, **changes})


def test_what_each_choice_saves(traces):
    """By hand: 8 at 200 W takes 6000 J; 16 there 5400, 8 at 100 W 5000, and nothing less."""
    (row,) = potential(job(), traces).to_dict("records")
    assert (row["batch_size"], row["power_limit_w"], row["energy_j"]) == (8, 200, 6000.0)
    assert row["by_batch_size_pct"] == pytest.approx(10)
    assert row["by_power_limit_pct"] == pytest.approx(100 / 6)
    assert row["by_both_pct"] == pytest.approx(100 / 6)


def test_the_largest_batch_size_as_base(traces):
    """16 at 200 W takes 5400 J, and 8 at 100 W takes 5000."""
    (row,) = potential(job(), traces, base="largest").to_dict("records")
    assert (row["batch_size"], row["energy_j"]) == (16, 5400.0)
    assert row["by_both_pct"] == pytest.approx(100 * (1 - 5000 / 5400))
    assert row["by_power_limit_pct"] == 0
    assert potential(job(default_bs=None), traces, base="largest").loc[0, "batch_size"] == 16


def test_every_bundled_job_on_every_gpu():
    """Both together save at least as much as each alone, nothing less than nothing; the table knows its traces."""
    traces = [simulator.read_traces(gpu=gpu) for gpu in simulator.list_gpus()]
    found = potential(None, traces)
    assert len(found) == sum(len(of_gpu.jobs) for of_gpu in traces)
    alone = found[["by_batch_size_pct", "by_power_limit_pct"]]
    assert (alone >= 0).all(axis=None)
    assert (found["by_both_pct"] >= alone.max(axis=1)).all()
    assert (found["by_both_pct"] < 100).all()
    assert found.attrs["manifest"]["replays"][0]["traces"]["synthetic"]
    costs = configurations(traces[0].table(traces[0].jobs[0]))
    assert found.loc[0, "energy_j"] * (1 - found.loc[0, "by_both_pct"] / 100) == pytest.approx(costs["energy_j"].min())


def test_what_cannot_be_a_base(traces):
    """A default that was not recorded, none at all, and a word that means nothing."""
    for default in (7, None):
        with pytest.raises(ReplayError, match=r"one of \[8, 16\]; or ask for base='largest'"):
            potential(job(default_bs=default), traces)
    with pytest.raises(ReplayError, match="base is 'biggest'; there are default, largest"):
        potential(job(), traces, base="biggest")


def test_figure_1_of_the_paper(published_traces):
    """The smallest and the largest saving by both, and by the power limit, are those that the Zeus paper gives."""
    found = potential(None, simulator.read_traces(published_traces, gpu="v100"))
    assert found["by_both_pct"].agg(["min", "max"]).tolist() == pytest.approx([23.8, 74.7], abs=0.06)
    assert found["by_power_limit_pct"].agg(["min", "max"]).tolist() == pytest.approx([3.0, 31.5], abs=0.06)
