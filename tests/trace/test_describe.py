"""A summary counts what can be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from simulator.trace.describe import describe
from simulator.trace.read import read_traces
from simulator.trace.traces import Traces

if TYPE_CHECKING:
    from pathlib import Path


def test_one_row_per_workload_and_target(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """Sizes, limits, runs, share and epochs are counted by hand here."""
    easier, harder = describe(Traces(train=train, power=power, gpu="v100")).to_dict("records")
    assert (easier["target_metric"], harder["target_metric"]) == (80.0, 84.0)
    for row in (easier, harder):
        assert (row["batch_sizes"], row["smallest_batch_size"], row["largest_batch_size"]) == (2, 8, 32)
        assert (row["power_limits"], row["smallest_power_limit_w"], row["largest_power_limit_w"]) == (2, 100, 250)
        assert row["runs"] == 6
    assert (easier["share_reached"], harder["share_reached"]) == (1.0, 0.5)
    assert (harder["epochs_min"], harder["epochs_median"], harder["epochs_max"]) == (4.0, 5.0, 6.0)


def test_rows_without_a_partner_do_not_count(train: pd.DataFrame, power: pd.DataFrame) -> None:
    """A batch size that was not measured on the GPU, and a limit measured for another workload, are left out."""
    power = pd.concat([power[power["batch_size"] == 32], power.assign(network="gpt", power_limit=300)])
    easier, harder = describe(Traces(train=train, power=power, gpu="v100")).to_dict("records")
    assert (easier["batch_sizes"], easier["runs"], easier["largest_power_limit_w"]) == (1, 3, 250)
    assert harder["share_reached"] == 0.0
    assert pd.isna(harder["epochs_max"])


def test_published_traces(published_traces: Path) -> None:
    """The paper's target of librispeech: 40 % word error rate."""
    described = describe(read_traces(published_traces, gpu="v100"))
    (row,) = described.query("dataset == 'librispeech' and target_metric == 40.0").to_dict("records")
    assert (row["batch_sizes"], row["power_limits"], row["runs"]) == (15, 7, 69)
