"""Numbers of the traces against numbers that were worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from fabricated import a_plan, collect_into, epoch_time_s, power_w

from simulator.collect.finalize import finalize
from simulator.collect.finalize.gather import gather


def details(out):
    """The power trace with all that is known about its rows, by batch size and limit."""
    (file,) = (out / "tables").glob("power_*.parquet")
    return pd.read_parquet(file).set_index(["batch_size", "power_limit"])


def test_energy_and_uncertainty_are_those_of_one_epoch(tmp_path):
    """A window of three epochs has three times as much of each; it counts three epochs, however few windows."""
    collect_into(tmp_path, a_plan())
    finalize(tmp_path)
    row = details(tmp_path).loc[(16, 200)]
    energy_j = epoch_time_s(16, 200) * power_w(16, 200)
    assert row["energy_per_epoch_j"] == pytest.approx(energy_j)
    assert row["uncertainty_j"] == pytest.approx(energy_j / 256)
    assert row["uncertainty_share"] == pytest.approx(1 / 256)
    assert (row["runs"], row["epochs"]) == (1, 3)


def test_spread_is_that_of_the_single_epochs(tmp_path):
    """Sample standard deviation of those in the window: 1 s, 2 W. The first epoch, before it, is no part of it."""

    def change(result):
        epochs = []
        for epoch in result.epochs:
            time_s, power = 40.0 + {2: -1, 3: 0, 4: 1}.get(epoch.number, 90), 200 + 2 * (epoch.number - 3)
            epochs.append(replace(epoch, whole=replace(epoch.whole, time_s=time_s, energy_j=time_s * power)))
        return replace(result, epochs=tuple(epochs)) if result.spec.kind == "power" else result

    collect_into(tmp_path, a_plan(), change=change)
    finalize(tmp_path)
    row = details(tmp_path).loc[(16, 200)]
    assert row["time_std_s"] == pytest.approx(1.0)
    assert row["power_std_w"] == pytest.approx(2.0)


@pytest.mark.parametrize(("share", "flags"), [(0.99, ""), (1.02, "above_limit")])
def test_the_limit_of_several_gpus_is_that_of_all_together(tmp_path, share, flags):
    """Two GPUs may draw what two limits allow; a little more is above it."""

    def change(result):
        if result.window is None:
            return result
        energy_j = result.window.time_s * 2 * (result.spec.power_limit_w or 0) * share
        return replace(result, window=replace(result.window, energy_j=energy_j, uncertainty_j=0.0))

    collect_into(tmp_path, a_plan(), gpus=("NVIDIA A40", "NVIDIA A40"), change=change)
    finalize(tmp_path)
    assert set(details(tmp_path)["flags"]) == {flags}


def test_drift_is_a_share_of_the_first_measurement(tmp_path):
    """A quarter longer afterwards is +25 %, at the same power."""

    def change(result):
        if not (result.spec.drift_check and result.spec.batch_size == 16):
            return result
        window = result.window
        return replace(result, window=replace(window, time_s=1.25 * window.time_s, energy_j=1.25 * window.energy_j))

    collect_into(tmp_path, a_plan(), change=change)
    (line,) = finalize(tmp_path).remarks
    assert line.endswith("measured again, time changed by +25.0% and power by +0.0%")


def test_runs_are_numbered_from_the_highest_limit_down_and_then_by_seed(tmp_path):
    """Equal at every batch size, so that one number means one seed at one limit."""
    collect_into(tmp_path, a_plan(full=True, seeds=(5, 3)))
    found = gather(tmp_path)
    numbers = {
        (spec.batch_size, spec.power_limit_w, spec.seed): found.run_numbers[spec.key]
        for spec in found.specs
        if spec.kind == "full"
    }
    order = [(300, 3), (300, 5), (200, 3), (200, 5)]
    assert numbers == {(size, *lot): 1 + at for size in (8, 16) for at, lot in enumerate(order)}


def test_the_summary_is_about_the_highest_limit(tmp_path):
    """Where times are shortest; that is what its columns say."""
    collect_into(tmp_path, a_plan())
    summary = finalize(tmp_path).summary.set_index("batch_size")
    assert summary["power_limit_w"].tolist() == [300, 300]
    assert summary.loc[16, "time_per_epoch_s"] == pytest.approx(epoch_time_s(16, 300))
    assert summary.loc[16, "average_power_w"] == pytest.approx(power_w(16, 300))
