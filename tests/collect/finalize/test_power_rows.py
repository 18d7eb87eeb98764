"""Rows of the power trace: over which runs they are taken, their limits, flags and spread."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from fabricated import a_plan, a_window, collect_into

from simulator.collect.finalize import finalize
from simulator.trace.files import read_table


def test_the_full_product_averages_over_seeds(tmp_path):
    """Mean energy of an epoch is kept: power is over the mean time. Runs at each limit are runs of their own."""

    def slower(result):
        if result.spec.seed == 0 or result.window is None:
            return result
        return replace(result, window=a_window(result.spec, epochs=5, energy_j=8.0, time_s=80.0))

    collect_into(tmp_path, a_plan(full=True, batch_sizes=(16,)), change=slower)
    finalize(tmp_path)
    details = pd.read_parquet(tmp_path / "tables" / "power_a100-sxm4-80gb.parquet")
    assert details["runs"].tolist() == [2, 2]
    true_s = 512 / 16 + 64 / 200
    assert details["time_per_epoch"][0] == pytest.approx((true_s + 16) / 2)
    energy_j = (true_s * (0.75 * 200 + 1) + 8 / 5) / 2
    assert details["energy_per_epoch_j"][0] == pytest.approx(energy_j)
    assert details["average_power"][0] * details["time_per_epoch"][0] == pytest.approx(energy_j)
    train = read_table(tmp_path / "trace" / "train.csv")
    assert sorted(train["run"]) == [1, 2, 3, 4]


def lost(spec_filter, **changes):
    """Change some results."""
    return lambda result: replace(result, **changes) if spec_filter(result.spec) else result


def test_the_limit_that_held_is_the_one_that_counts(tmp_path):
    """Rounded to watts; where two were asked for and one held, they are one cell."""
    collect_into(tmp_path, a_plan(), change=lambda result: replace(result, enforced_mw=249_600))
    details = finalize(tmp_path).summary
    assert details["power_limits"].tolist() == [1, 1]
    power = pd.read_parquet(tmp_path / "tables" / "power_a100-sxm4-80gb.parquet")
    assert (power["power_limit"].tolist(), power["requested_limit_w"].tolist()) == ([250, 250], [300, 300])


def test_power_above_the_limit_is_flagged_and_kept(tmp_path, caplog):
    """Recorded traces of others have it, too."""
    change = lost(lambda spec: spec.power_limit_w == 200, enforced_mw=100_000)
    collect_into(tmp_path, a_plan(), change=change)
    found = finalize(tmp_path)
    assert "batch size 8, 100 W: average power is above the limit" in caplog.text
    assert found.summary["flags"].tolist() == ["above_limit", "above_limit"]


def test_drift_is_found(tmp_path):
    """The first limit, measured again, draws 5 % more: every row of that batch size is flagged."""

    def change(result):
        if not (result.spec.drift_check and result.spec.batch_size == 16):
            return result
        return replace(result, window=replace(result.window, energy_j=1.05 * result.window.energy_j))

    collect_into(tmp_path, a_plan(), change=change)
    found = finalize(tmp_path)
    assert found.remarks == ("power trace, batch size 16: measured again, time changed by +0.0% and power by +5.0%",)
    assert found.summary["flags"].tolist() == ["", "drift"]
    power = pd.read_parquet(tmp_path / "tables" / "power_a100-sxm4-80gb.parquet")
    assert power.set_index(["batch_size", "power_limit"])["average_power"][16, 300] == pytest.approx(0.75 * 300 + 1)


def test_spread_is_that_of_the_windows_epochs(tmp_path):
    """The warm-up epoch does not count."""

    def change(result):
        first = replace(result.epochs[0], whole=replace(result.epochs[0].whole, energy_j=1.0))
        second = replace(result.epochs[1], whole=replace(result.epochs[1].whole, energy_j=2.0))
        return replace(result, epochs=(first, second, *result.epochs[2:]))

    collect_into(tmp_path, a_plan(batch_sizes=(16,)), change=change)
    finalize(tmp_path)
    power = pd.read_parquet(tmp_path / "tables" / "power_a100-sxm4-80gb.parquet")
    time_s, power_w = 512 / 16 + 64 / 200, 0.75 * 200 + 1
    assert power["power_std_w"][0] == pytest.approx(pd.Series([2.0 / time_s, power_w, power_w]).std())
    assert power["time_std_s"][0] == 0
