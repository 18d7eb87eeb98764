"""Synthetic submissions overlap where they are said to, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import TraceError
from simulator.trace.model import synthesize_groups
from simulator.trace.validate import validate_groups

DATASETS = ("cifar100", "squad")


@given(seed=st.integers(0, 2**32), submissions=st.integers(1, 30))
def test_groups_are_valid_and_ordered_by_start(seed: int, submissions: int) -> None:
    """Each dataset has one group per density, of as many submissions as asked for, in order."""
    groups = synthesize_groups(DATASETS, seed=seed, submissions=submissions)
    assert not validate_groups(groups).errors
    assert groups.groupby("group").size().to_dict() == {
        f"{dataset}-{name}": submissions for dataset in DATASETS for name in ("sparse", "mixed", "dense")
    }
    for _, rows in groups.groupby("group"):
        assert rows["start_time"].is_monotonic_increasing
        assert (rows["end_time"] > rows["start_time"]).all()


@given(seed=st.integers(0, 2**32), submissions=st.integers(1, 30))
def test_runtimes_are_compared_with_all_of_their_dataset(seed: int, submissions: int) -> None:
    """As published: the ratio is of a runtime to the mean of all jobs with the dataset, not of the group alone."""
    for _, rows in synthesize_groups(DATASETS, seed=seed, submissions=submissions).groupby("dataset"):
        runtime = rows["end_time"] - rows["start_time"]
        assert rows["runtime_ratio"].to_numpy() == pytest.approx((runtime / runtime.mean()).to_numpy(), rel=1e-5)


def test_a_group_of_one_dataset_does_not_depend_on_the_others() -> None:
    """Asking for fewer datasets gives the same rows."""
    both, alone = synthesize_groups(DATASETS, seed=1), synthesize_groups(DATASETS[1:], seed=1)
    assert both[both["dataset"] == "squad"].reset_index(drop=True).equals(alone)


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"submissions": 0}, {"mean_runtime_s": 0.0}, {"densities": {"none": 0.0}}]
)
def test_numbers_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    """All of them are above 0."""
    with pytest.raises(TraceError, match="above 0"):
        synthesize_groups(DATASETS, **{"seed": 1, **wrong})
