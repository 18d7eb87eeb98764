"""Fitting finds what was put in, says how far off it is, and gives the committed parameters again."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from simulator.errors import TraceError
from simulator.trace.layout import power_files, train_file
from simulator.trace.model import (
    Parameters,
    Residual,
    fit_model,
    predict_power,
    predict_runs,
    residual_table,
    synthesize,
)

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.trace.model import Workload


def _recorded(directory: Path) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    power = {gpu: pd.read_csv(file) for gpu, file in power_files(directory).items()}
    return pd.read_csv(train_file(directory)), power


def _of(table: pd.DataFrame, workload: Workload) -> pd.DataFrame:
    return table.merge(pd.DataFrame([workload.key], columns=["dataset", "network", "optimizer"]))


@pytest.fixture(scope="module")
def refitted(published_traces: Path) -> Parameters:
    train, power = _recorded(published_traces)
    files = sorted(published_traces.glob("summary_*.csv"))
    sources = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    return fit_model(train, power, name="zeus-nsdi23", sources=sources)


def test_a_fit_recovers_the_curves_that_the_data_were_drawn_from(known: Parameters) -> None:
    """Time and power within 1 %; epochs within 5 % and spread within 35 %, 20 % on average; 40 runs per size."""
    found = fit_model(*synthesize(known, seed=1, runs=40), name="found")
    limits = np.arange(100, 251, 25)
    for was, now in zip(known.workloads, found.workloads, strict=True):
        assert now.key == was.key
        assert now.learning_rates == pytest.approx(was.learning_rates, rel=1e-2)
        for gpu, machine in was.machines.items():
            for size in (8, 20, 100, 512):
                got, true = now.machines[gpu], machine
                assert got.time_per_epoch(size, limits) == pytest.approx(true.time_per_epoch(size, limits), rel=0.01)
                assert got.average_power(size, limits) == pytest.approx(true.average_power(size, limits), rel=0.01)
        for curve, true_curve in zip(now.targets, was.targets, strict=True):
            reached = [size for size in was.batch_sizes if true_curve.chance(size, was.batch_sizes) > 0]
            assert curve.epochs(reached) == pytest.approx(true_curve.epochs(reached), rel=0.05)
            assert curve.spreads == pytest.approx(true_curve.spreads, rel=0.35)
            assert np.mean(curve.spreads) == pytest.approx(np.mean(true_curve.spreads), rel=0.2)
            assert curve.chances == pytest.approx(true_curve.chances, abs=0.03)


def test_the_order_of_rows_does_not_matter(known: Parameters) -> None:
    """A trace is a set of rows: shuffled, it gives the same parameters, digit for digit."""
    train, power = synthesize(known, seed=1, gpus=["old"])
    shuffled = {gpu: table.sample(frac=1, random_state=3) for gpu, table in power.items()}
    again = fit_model(train.sample(frac=1, random_state=2), shuffled, name="x")
    assert again == fit_model(train, power, name="x")


def test_metric_direction_is_seen_in_the_trace(known: Parameters) -> None:
    """Where lower targets take longer, lower is better; the easiest target comes first either way."""
    train, power = synthesize(known, seed=1, gpus=["old"], batch_sizes=[16, 32, 64], power_limits=[150, 250])
    falling = train.assign(target_metric=-train["target_metric"])
    for table, better, metrics in ((train, True, [0.5, 0.7]), (falling, False, [-0.5, -0.7])):
        found = fit_model(table, power, name="x").workloads[0]
        assert found.higher_is_better is better
        assert [curve.target_metric for curve in found.targets] == metrics


def test_halves_of_a_workload_are_not_lost_in_silence(known: Parameters, caplog: pytest.LogCaptureFixture) -> None:
    """Runs without time and power are left out and logged; time and power without runs are fitted without targets."""
    train, power = synthesize(known, seed=1, gpus=["old"], batch_sizes=[16, 32, 64], power_limits=[150, 250])
    only_words = {"old": power["old"][power["old"]["dataset"] == "words"]}
    with caplog.at_level(logging.WARNING):
        found = fit_model(train[train["dataset"] == "pictures"], only_words, name="x")
    assert "pictures, net, adam has runs but no time" in caplog.text
    assert [(each.dataset, each.targets) for each in found.workloads] == [("words", ())]


@pytest.mark.parametrize(("column", "value"), [("time_per_epoch", 0.0), ("average_power", np.nan)])
def test_what_cannot_be_fitted_is_refused_with_its_row(known: Parameters, column: str, value: float) -> None:
    """A logarithm needs numbers above 0, and NaN is not one."""
    train, power = synthesize(known, seed=1, gpus=["old"])
    power["old"].loc[7, column] = value
    with pytest.raises(TraceError, match=rf"power_old, {column}, row 7: .*"):
        fit_model(train, power, name="x")


def test_all_that_cannot_be_fitted_is_said_at_once(known: Parameters) -> None:
    """Train and every GPU's table in one message; things that are no tables too."""
    train, power = synthesize(known, seed=1)
    bad = {"old": power["old"].assign(time_per_epoch=0.0), "new": power["new"].drop(columns="dataset"), "odd": 7}
    with pytest.raises(TraceError) as raised:
        fit_model(train.assign(run=0.5), bad, name="x")
    for part in ("train, run", "power_old, time_per_epoch", "power_new, dataset: no such column", "power_odd: 7 is no"):
        assert part in str(raised.value)
    with pytest.raises(TraceError, match="power is a DataFrame; give each GPU's table by its name"):
        fit_model(train, power["old"], name="x")


def test_predicted_rows_are_no_evidence(known: Parameters, caplog: pytest.LogCaptureFixture) -> None:
    """Predictions appended to what was recorded change nothing; predictions alone cannot be fitted."""
    train, power = synthesize(known, seed=1, gpus=["old"])
    runs = predict_runs(known, "words", batch_sizes=[24], seed=1)
    more = predict_power(known, "words", gpu="old", batch_sizes=[24])
    both = {"old": pd.concat([power["old"], more.assign(time_per_epoch=1.0)])}
    assert fit_model(pd.concat([train, runs]), both, name="x") == fit_model(train, power, name="x")
    assert "train: 10 predicted rows are left out of the fit" in caplog.text
    with pytest.raises(TraceError, match="hold no recorded rows"):
        fit_model(train, {"old": more}, name="x")


def test_a_size_keeps_its_own_spread(parameters: Parameters, published_traces: Path) -> None:
    """Two of imagenet's runs at 128 and at 192 are outliers; those at 256, of which none is, stay close together."""
    curve = parameters.workload("imagenet").target(0.6)
    spread = dict(zip(parameters.workload("imagenet").batch_sizes, curve.spreads, strict=True))
    assert max(spread[256], spread[360]) < 0.15 < 0.3 < min(spread[128], spread[192])
    train, _ = _recorded(published_traces)
    rows = train[(train["dataset"] == "imagenet") & (train["target_metric"] == 0.6)]
    drawn, _ = synthesize(parameters, seed=1, runs=200, batch_sizes=[256], targets=[0.6], gpus=[])
    of_imagenet = drawn.loc[drawn["dataset"] == "imagenet", "target_epoch"]
    recorded = rows.loc[rows["batch_size"] == 256, "target_epoch"]
    assert of_imagenet.min() >= recorded.min() - 2
    assert of_imagenet.max() <= recorded.max() + 5


def test_no_machine_draws_kilowatts(parameters: Parameters) -> None:
    """Whatever the batch size, a curve asks for half as much again as the largest limit at most; a floor is a floor."""
    for workload in parameters.workloads:
        for machine in workload.machines.values():
            assert machine.demand_w(10**9) < 1.5 * machine.power_limits[-1] * (1 + 1e-5)
            assert machine.floor_w > machine.idle_w


def test_nothing_to_fit_is_said(known: Parameters) -> None:
    """Empty power traces give an error and no empty model."""
    train, power = synthesize(known, seed=1, gpus=["old"])
    with pytest.raises(TraceError, match="power_old: the table has no rows"):
        fit_model(train, {"old": power["old"].iloc[:0]}, name="x")


def test_the_published_traces_give_the_committed_parameters(refitted: Parameters, parameters: Parameters) -> None:
    """Every curve, everywhere that it was recorded, within 0.01 %: what other versions of SciPy may differ by."""
    assert refitted.sources == parameters.sources
    assert [each.key for each in refitted.workloads] == [each.key for each in parameters.workloads]
    for now, was in zip(refitted.workloads, parameters.workloads, strict=True):
        assert now.machines.keys() == was.machines.keys()
        for gpu, machine in was.machines.items():
            at = np.meshgrid(machine.batch_sizes, machine.power_limits)
            assert now.machines[gpu].time_per_epoch(*at) == pytest.approx(machine.time_per_epoch(*at), rel=1e-4)
            assert now.machines[gpu].average_power(*at) == pytest.approx(machine.average_power(*at), rel=1e-4)
        for curve, true_curve in zip(now.targets, was.targets, strict=True):
            assert curve.epochs(was.batch_sizes) == pytest.approx(true_curve.epochs(was.batch_sizes), rel=1e-4)
            assert (curve.chances, curve.spreads) == (true_curve.chances, pytest.approx(true_curve.spreads))


def test_reported_residuals_are_those_of_the_recorded_rows(parameters: Parameters, published_traces: Path) -> None:
    """Recomputed from the published rows, every residual in the file is the same; typical errors are a few per cent."""
    train, power = _recorded(published_traces)
    for workload in parameters.workloads:
        for gpu, machine in workload.machines.items():
            rows = _of(power[gpu], workload)
            at = rows["batch_size"], rows["power_limit"]
            assert Residual.between(machine.time_per_epoch(*at), rows["time_per_epoch"]) == machine.time_residual
            assert Residual.between(machine.average_power(*at), rows["average_power"]) == machine.power_residual
        rows = _of(train, workload)
        for curve in workload.targets:
            runs = rows[rows["target_metric"] == curve.target_metric].dropna()
            mean = np.exp(np.log(runs["target_epoch"]).groupby(runs["batch_size"]).mean())
            residual = Residual.between(curve.epochs(mean.index), mean)
            assert (residual.relative_rmse, residual.n) == (
                pytest.approx(curve.residual.relative_rmse),
                curve.residual.n,
            )
    table = residual_table(parameters).groupby("quantity")["relative_rmse"]
    assert table.mean()[["time_per_epoch", "average_power"]].tolist() == pytest.approx([0.041, 0.028], abs=0.002)
    assert table.max()[["time_per_epoch", "average_power"]].max() < 0.1
