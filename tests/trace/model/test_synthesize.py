"""What is drawn from a model repeats, nests, and promises no more than the model says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from simulator import Job
from simulator.errors import NotInTraceError, TraceError
from simulator.trace.model import Parameters, synthesize
from simulator.trace.validate import validate_power, validate_traces, validate_train

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

SIZES = (8, 16, 32, 64, 128, 256, 512)
JOB = Job("words", "net", "adam", 0.7, 100, 64)


def _rows(table: pd.DataFrame, **equal: Any) -> pd.DataFrame:
    return table[np.logical_and.reduce([table[column] == value for column, value in equal.items()])]


def test_tables_have_the_published_columns_and_are_valid(known: Parameters) -> None:
    """Our own validation finds nothing wrong with what we make."""
    train, power = synthesize(known, seed=1)
    assert list(train.columns) == [
        "dataset", "network", "batch_size", "optimizer", "learning_rate", "run", "target_metric", "target_epoch",
    ]  # fmt: skip
    assert not validate_train(train).errors
    assert list(power) == ["new", "old"]
    for table in power.values():
        assert not validate_power(table).errors
        assert not validate_traces(train, table).errors


def test_a_seed_repeats_and_another_differs(known: Parameters) -> None:
    """Runs are a function of the seed; time and power are not random at all."""
    train, power = synthesize(known, seed=1)
    again, same_power = synthesize(known, seed=1)
    other, also_power = synthesize(known, seed=2)
    assert_frame_equal(train, again)
    assert not train.equals(other)
    for gpu, table in power.items():
        assert_frame_equal(table, same_power[gpu])
        assert_frame_equal(table, also_power[gpu])


def test_asking_for_more_changes_nothing_that_was_there(known: Parameters) -> None:
    """Fewer sizes, targets, limits or GPUs give a part of the same rows."""
    train, power = synthesize(known, seed=1)
    fewer, less_power = synthesize(known, seed=1, batch_sizes=[64, 8], power_limits=[200], gpus=["old"], targets=[0.7])
    part = train[train["batch_size"].isin([8, 64]) & (train["target_metric"] == 0.7)]
    assert_frame_equal(fewer, part.reset_index(drop=True))
    assert list(less_power) == ["old"]
    rows = power["old"][power["old"]["batch_size"].isin([8, 64]) & (power["old"]["power_limit"] == 200)]
    assert_frame_equal(less_power["old"], rows.reset_index(drop=True))


@given(
    seed=st.integers(0, 2**32),
    floors=st.lists(st.floats(0.5, 500), min_size=1, max_size=5),
    spread=st.floats(0, 1),
    reliability=st.floats(0, 1),
    runs=st.integers(1, 9),
    size=st.integers(1, 5000),
)
def test_a_harder_target_is_never_reached_earlier_nor_alone(
    seed: int,
    floors: list[float],
    spread: float,
    reliability: float,
    runs: int,
    size: int,
    epoch_curve: Callable[..., Any],
    workload: Callable[..., Any],
) -> None:
    """Whatever the curves say, within a run target epochs rise with difficulty, from 1, and stay unreached after."""
    curves = [
        epoch_curve(float(i), floor, spread=spread, chances=(reliability**i,) * len(SIZES))
        for i, floor in enumerate(floors)
    ]
    model = Parameters(name="any", sources={}, workloads=(replace(workload(), targets=tuple(curves)),))
    train, _ = synthesize(model, seed=seed, runs=runs, batch_sizes=[size], power_limits=[200])
    epochs = train["target_epoch"].to_numpy().reshape(runs, len(curves))
    assert np.nanmin(epochs, initial=1) >= 1
    assert np.all(np.diff(np.isnan(epochs).astype(int), axis=1) >= 0)
    assert np.all(~(np.diff(epochs, axis=1) < 0))
    assert np.all(np.isnan(epochs) | (epochs == np.rint(epochs)))


def test_chances_are_kept_run_by_run(known: Parameters) -> None:
    """Of five runs with a chance of 0.6 three reach the target, and none where none ever did."""
    train, _ = synthesize(known, seed=7)
    reached = _rows(train, dataset="words", target_metric=0.7).groupby("batch_size")["target_epoch"].count()
    assert reached.to_dict() == dict.fromkeys(SIZES[:5], 5) | {256: 3, 512: 0}


@given(seed=st.integers(0, 2**32), max_epochs=st.integers(70, 90))
def test_a_default_batch_size_always_converges(seed: int, max_epochs: int, workload: Callable[..., Any]) -> None:
    """A typical run at size 64 needs 75 epochs and a slow one 92; as a default, all stay within its limit."""
    model = Parameters(name="x", sources={}, workloads=(workload(),))
    job = Job("words", "net", "adam", 0.7, max_epochs, 64)
    train, _ = synthesize(model, seed=seed, runs=20, batch_sizes=[64], power_limits=[200], jobs=[job])
    assert _rows(train, target_metric=0.7)["target_epoch"].max() <= max_epochs


def test_a_default_changes_the_runs_of_its_own_size_alone(known: Parameters) -> None:
    """The condition on the default's runs leaves every other run as it was."""
    (free, _), (bound, _) = synthesize(known, seed=3), synthesize(known, seed=3, jobs=[JOB])
    other = (free["batch_size"] != 64) | (free["dataset"] != "words")
    assert_frame_equal(free[other], bound[other])


@pytest.mark.parametrize(("size", "max_epochs"), [(512, 1000), (64, 40)])
def test_a_default_that_cannot_converge_is_refused(known: Parameters, size: int, max_epochs: int) -> None:
    """Neither a size that never reached the target, nor one that needs far more epochs, is bent into a default."""
    job = Job("words", "net", "adam", 0.7, max_epochs, size)
    with pytest.raises(TraceError, match=f"does not reach its target with its default batch size {size}"):
        synthesize(known, seed=1, jobs=[job])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"runs": 0}, "runs is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"batch_sizes": [8, -8]}, "batch_sizes is -8"),
        ({"batch_sizes": [8.5]}, "batch_sizes is 8.5"),
        ({"batch_sizes": []}, "batch_sizes is empty"),
        ({"power_limits": [0]}, "power_limits is 0"),
        ({"power_limits": [40]}, "power limit 40 W is below 100 W"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(known: Parameters, wrong: dict[str, Any], message: str) -> None:
    """Sizes, limits and runs are whole numbers above 0, and limits above what the GPU draws when idle."""
    with pytest.raises(TraceError, match=message):
        synthesize(known, **{"seed": 1, **wrong})


def test_unknown_names_list_the_known_ones(known: Parameters) -> None:
    """A GPU or a job that was never fitted is refused with those that were."""
    with pytest.raises(NotInTraceError, match=r"no fitted GPU 'nev'; did you mean 'new'.*fitted are new, old"):
        synthesize(known, seed=1, gpus=["nev"])
    with pytest.raises(NotInTraceError, match="no fitted workload 'word, net, adam'; did you mean 'words'"):
        synthesize(known, seed=1, jobs=[Job("word", "net", "adam", 0.7, 100, 64)])
