"""Any target can be derived from what runs reported, epoch by epoch."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import TraceError
from simulator.trace.derive import derive_targets
from simulator.trace.read import read_metrics, write_table
from simulator.trace.validate import validate_train

COLUMNS = ["dataset", "network", "batch_size", "optimizer", "learning_rate", "run", "epoch", "metric", "value"]


def table_of(curves: dict[tuple[int, int], dict[int, float]], metric: str = "accuracy") -> pd.DataFrame:
    """Metrics from one curve per (batch size, run): value by epoch."""
    rows = [
        ("squad", "bert", size, "adamw", 5e-5, run, epoch, metric, value)
        for (size, run), curve in curves.items()
        for epoch, value in curve.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


curves = st.dictionaries(
    st.tuples(st.sampled_from([8, 16, 32]), st.integers(1, 3)),
    st.dictionaries(st.integers(1, 9), st.one_of(st.just(math.nan), st.integers(-4, 4).map(float)), min_size=1),
    min_size=1,
)


@given(curves=curves, targets=st.lists(st.integers(-5, 5), min_size=1), higher=st.booleans(), data=st.data())
def test_first_epoch_that_passes(
    curves: dict[tuple[int, int], dict[int, float]], targets: list[int], higher: bool, data: st.DataObject
) -> None:
    """It is what reading each curve by eye would find, in whatever order the rows stand."""
    table = table_of(curves)
    order = data.draw(st.permutations(range(len(table))))
    train = derive_targets(table.iloc[order], targets, higher_is_better=higher)
    found = {
        (row.batch_size, row.run, row.target_metric): (None if pd.isna(row.target_epoch) else int(row.target_epoch))
        for row in train.itertuples()
    }
    expected = {}
    for (size, run), curve in curves.items():
        for target in targets:
            passes = [epoch for epoch, v in curve.items() if (v >= target if higher else v <= target)]
            expected[size, run, float(target)] = min(passes, default=None)
    assert found == expected
    assert len(train) == len(expected)
    assert not validate_train(train).errors
    pd.testing.assert_frame_equal(train, derive_targets(table, targets, higher_is_better=higher))


def test_a_run_lasts_as_long_as_it_says(metrics: pd.DataFrame) -> None:
    """The column epochs is kept; without it, the last epoch counts, of whatever metric."""
    said = derive_targets(metrics.assign(epochs=7), [0.7], metric="accuracy")
    assert set(said["epochs"]) == {7}
    unsaid = metrics.drop(columns="epochs").query("metric == 'loss' or epoch < 3")
    assert set(derive_targets(unsaid, [0.7], metric="accuracy")["epochs"]) == {3}


def test_a_run_without_the_metric_never_passed(metrics: pd.DataFrame) -> None:
    """One that diverged before its first evaluation has its row; a workload that never reports the metric has none."""
    silent = metrics.loc[~((metrics["run"] == 2) & (metrics["batch_size"] == 8) & (metrics["metric"] == "accuracy"))]
    other = metrics.loc[metrics["metric"] == "loss"].assign(dataset="imagenet")
    train = derive_targets(pd.concat([silent, other]), [0.6], metric="accuracy")
    assert train["target_epoch"].isna().tolist() == [False, True, False, False]
    assert set(train["dataset"]) == {"squad"}


def test_slices_and_rates_tell_runs_apart(metrics: pd.DataFrame) -> None:
    """The same run number at another learning rate, or on other data, is another run; rates stay as written."""
    both = pd.concat([metrics.assign(slice=0, learning_rate="1e-1"), metrics.assign(slice=1, learning_rate="5e-2")])
    train = derive_targets(both, [0.6], metric="accuracy")
    assert len(train) == 8
    assert train["learning_rate"].tolist() == ["5e-2", "5e-2", "1e-1", "1e-1"] * 2
    assert train["slice"].tolist() == [1, 1, 0, 0] * 2


def test_what_makes_no_sense_is_refused(metrics: pd.DataFrame) -> None:
    """Targets that are none, a metric that is not there or not named, and metrics that cannot be true."""
    for targets, says in (([], "no target"), ([np.inf], "finite"), ([math.nan, 1.0], "finite")):
        with pytest.raises(TraceError, match=says):
            derive_targets(metrics, targets, metric="accuracy")
    with pytest.raises(TraceError, match="the metrics are accuracy, loss; choose"):
        derive_targets(metrics, [0.5])
    with pytest.raises(TraceError, match="no metric 'acuracy', but accuracy, loss; did you mean 'accuracy'"):
        derive_targets(metrics, [0.5], metric="acuracy")
    with pytest.raises(TraceError, match="above 0"):
        derive_targets(metrics.assign(epoch=0), [0.5], metric="accuracy")


def test_a_file_does_as_well(metrics: pd.DataFrame, tmp_path) -> None:
    """Whatever its format; the result can be written and is the same bytes each time."""
    write_table(metrics, tmp_path / "metrics.parquet")
    for name in ("a.csv", "b.csv"):
        write_table(derive_targets(tmp_path, [0.6, 0.7], metric="accuracy"), tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert b",1,0.7,2,3\n" in (tmp_path / "a.csv").read_bytes()
    assert len(read_metrics(tmp_path)) == len(metrics)
