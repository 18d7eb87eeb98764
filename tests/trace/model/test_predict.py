"""What nobody recorded can be asked for, is labelled, and nonsense is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.join import join
from simulator.trace.model import Parameters, predict_power, predict_runs, synthesize
from simulator.trace.validate import validate_power, validate_train

if TYPE_CHECKING:
    from collections.abc import Callable


def test_predicted_rows_are_labelled_and_stay_so_when_joined(known: Parameters) -> None:
    """Every predicted row says so, in valid tables, and so does each row of a join that it takes part in."""
    power = predict_power(known, "words", gpu="old", batch_sizes=[24], power_limits=[110, 220])
    runs = predict_runs(known, "words", batch_sizes=[24], seed=1)
    assert power["predicted"].all()
    assert runs["predicted"].all()
    assert not validate_power(power).errors
    assert not validate_train(runs).errors
    assert join(runs, power)["predicted"].all()
    recorded, _ = synthesize(known, seed=1, batch_sizes=[24], gpus=[])
    assert join(recorded, power)["predicted"].all()


def test_another_size_or_limit_is_read_off_the_curve(known: Parameters, workload: Callable[..., Any]) -> None:
    """On a GPU where the workload was recorded, a prediction is the fitted curve."""
    row = predict_power(known, "words", gpu="old", batch_sizes=[24], power_limits=[110]).iloc[0]
    machine = known.workload("words").machines["old"]
    assert row["time_per_epoch"] == pytest.approx(machine.time_per_epoch(24, 110), rel=1e-5)
    assert row["average_power"] == pytest.approx(machine.average_power(24, 110), rel=1e-5)


def test_without_sizes_and_limits_the_recorded_ones_are_taken(known: Parameters) -> None:
    """The default is the grid of the GPU."""
    table = predict_power(known, "words", gpu="new")
    assert len(table) == 7 * 4
    assert sorted(table["power_limit"].unique()) == [100, 150, 200, 250]


def test_a_gpu_is_compared_on_the_workloads_that_both_ran(known: Parameters, machine_curve: Callable[..., Any]) -> None:
    """new is twice as fast as old and draws a quarter more on words; pictures, recorded on old alone, follow."""
    table = predict_power(known, "pictures", gpu="new", power_limits=[300])
    twin = machine_curve(time=1.5, watts=1.25)
    assert table["time_per_epoch"].to_numpy() == pytest.approx(twin.time_per_epoch(table["batch_size"], 300), rel=1e-4)
    assert table["average_power"].to_numpy() == pytest.approx(twin.average_power(table["batch_size"], 300), rel=1e-4)


def test_several_references_are_averaged(
    known: Parameters, machine_curve: Callable[..., Any], workload: Callable[..., Any]
) -> None:
    """With two GPUs to compare with, of which one says 2 and one says 8, the guess is 4."""
    machines = {"a": machine_curve(), "b": machine_curve(), "c": machine_curve(time=2.0)}
    both = replace(
        known,
        workloads=(workload("pictures", a=machine_curve(), b=machine_curve(time=4.0)), workload("words", **machines)),
    )
    time = predict_power(both, "pictures", gpu="c", batch_sizes=[64], power_limits=[250])["time_per_epoch"]
    assert time.to_numpy() == pytest.approx(4.0 * machine_curve().time_per_epoch(64, 250), rel=1e-4)


def test_a_new_gpu_takes_after_one_that_is_known(known: Parameters) -> None:
    """Three times as fast and with twice the watts, all limits doubled: a third of the time, twice the power."""
    new = predict_power(known, "words", gpu="tera", like="old", relative_speed=3, max_power_w=500)
    old = predict_power(known, "words", gpu="old")
    assert (new["power_limit"] == 2 * old["power_limit"]).all()
    assert new["time_per_epoch"].to_numpy() == pytest.approx(old["time_per_epoch"].to_numpy() / 3, rel=1e-5)
    assert new["average_power"].to_numpy() == pytest.approx(2 * old["average_power"].to_numpy(), rel=1e-5)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"batch_sizes": [0]}, TraceError, "batch_sizes is 0"),
        ({"batch_sizes": [True]}, TraceError, "batch_sizes is True"),
        ({"power_limits": [-5]}, TraceError, "power_limits is -5"),
        ({"power_limits": [30]}, TraceError, "power limit 30 W is below 80 W, the lowest .* 100 to 250 W"),
        ({"gpu": "h900"}, NotInTraceError, "no fitted GPU 'h900'; fitted are new, old; .*like="),
        ({"gpu": "x", "like": "ald"}, NotInTraceError, "not recorded on 'ald'; did you mean 'old'"),
        ({"batch_sizes": 8}, TraceError, r"batch_sizes is 8; give several whole numbers, as in \[8\]"),
        ({"gpu": "x", "like": "old", "relative_speed": "2"}, TraceError, "relative_speed is '2'; it is a number"),
        ({"gpu": "x", "like": "old", "relative_speed": 0}, TraceError, "relative_speed is 0"),
        ({"gpu": "x", "like": "old", "max_power_w": np.inf}, TraceError, "max_power_w inf"),
        ({"relative_speed": 2.0}, TraceError, "name it: like="),
    ],
)
def test_nonsense_is_refused(known: Parameters, wrong: dict[str, Any], error: type[Exception], message: str) -> None:
    """Sizes, limits and speeds are above 0, and names are known ones."""
    with pytest.raises(error, match=message):
        predict_power(known, "words", **{"gpu": "old", **wrong})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"seed": -1}, "seed is -1"), ({"seed": "a"}, "seed is 'a'"), ({"batch_sizes": [8], "runs": 0}, "runs is 0")],
)
def test_runs_are_asked_for_in_whole_numbers(known: Parameters, wrong: dict[str, Any], message: str) -> None:
    """Seeds of 0 or above, and one run or more."""
    with pytest.raises(TraceError, match=message):
        predict_runs(known, "words", **{"batch_sizes": [24], "seed": 1, **wrong})


def test_what_is_far_from_the_recorded_is_said(known: Parameters, caplog: pytest.LogCaptureFixture) -> None:
    """Sizes over four times beyond, and limits outside the recorded range, are predicted with a warning."""
    predict_power(known, "words", gpu="old", batch_sizes=[2, 2048], power_limits=[100, 250])
    predict_runs(known, "words", batch_sizes=[2, 2048], seed=1)
    assert caplog.records == []
    predict_power(known, "words", gpu="old", batch_sizes=[4096], power_limits=[90, 400])
    predict_runs(known, "words", batch_sizes=[1], seed=1)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    for part in ("on old: batch size 4096 is far", "limit 90, 400 W is outside", "adam: batch size 1 is far"):
        assert part in caplog.text


def test_a_new_gpu_has_limits_of_its_own(known: Parameters, caplog: pytest.LogCaptureFixture) -> None:
    """Twice the watts, twice the limits: 500 W is recorded, in a manner of speaking, and 100 W cannot be obeyed."""
    predict_power(known, "words", gpu="tera", like="old", max_power_w=500, power_limits=[200, 500])
    assert caplog.records == []
    with pytest.raises(TraceError, match="power limit 100 W is below 160 W"):
        predict_power(known, "words", gpu="tera", like="old", max_power_w=500, power_limits=[100])


def test_a_gpu_without_anything_in_common_is_refused(
    known: Parameters, machine_curve: Callable[..., Any], workload: Callable[..., Any]
) -> None:
    """Two GPUs that share no workload cannot be compared, and the message says what would help."""
    apart = replace(known, workloads=(workload("a", x=machine_curve()), workload("b", y=machine_curve())))
    with pytest.raises(NotInTraceError, match=r"none of which shares another workload with y; .*relative_speed="):
        predict_power(apart, "a", gpu="y")


def test_runs_cannot_be_predicted_where_none_were_recorded(parameters: Parameters) -> None:
    """cifar100 with adam has time and power alone."""
    with pytest.raises(NotInTraceError, match="no runs of cifar100, shufflenetv2, adam"):
        predict_runs(parameters, "cifar100", optimizer="adam", batch_sizes=[8], seed=1)
