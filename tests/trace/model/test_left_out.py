"""How far predictions are off is computed where the truth is known, and said in the README."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from simulator.trace.model import Parameters, write_bundle
from simulator.trace.model.left_out import transfer_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_gpu_that_compares_otherwise_is_off_by_that_factor(
    known: Parameters, machine_curve: Callable[..., Any], workload: Callable[..., Any]
) -> None:
    """On words, b takes as long as a, and on pictures, three times as long: each is a guess of the other, off by 3."""
    words = workload("words", a=machine_curve(), b=machine_curve())
    pictures = workload("pictures", a=machine_curve(), b=machine_curve(time=3.0))
    errors = transfer_errors(replace(known, workloads=(words, pictures)))
    assert errors[["dataset", "gpu"]].to_numpy().tolist() == [
        ["words", "a"],
        ["words", "b"],
        ["pictures", "a"],
        ["pictures", "b"],
    ]
    assert errors["time_factor"].to_numpy() == pytest.approx(np.full(4, 3.0))
    assert errors["power_factor"].to_numpy() == pytest.approx(np.ones(4))


def test_the_readme_says_what_the_help_promises(parameters: Parameters, bundled: Path) -> None:
    """All 24 pairs of workload and GPU, their median and the worst."""
    section = (bundled / "README.md").read_text(encoding="utf-8").partition("## Predictions")[2]
    errors = transfer_errors(parameters)
    assert len(errors) == 24
    median, worst = (errors[["time_factor", "power_factor"]].agg(how) for how in ("median", "max"))
    for name, of in (("median", median), ("worst", worst)):
        assert f"| {name} of all |  | {of['time_factor']:.2f} | {of['power_factor']:.2f} |" in section
    assert section.count(" | v100 | ") == 6


def test_a_model_without_pairs_says_so(known: Parameters, tmp_path: Path) -> None:
    """One workload has no other to compare GPUs on."""
    alone = replace(known, workloads=known.workloads[1:])
    assert transfer_errors(alone).empty
    write_bundle(alone, tmp_path, seed=1, runs=2)
    assert "No workload can be carried over" in (tmp_path / "README.md").read_text(encoding="utf-8")
