"""Traces of a machine with several GPUs, or with none."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from fabricated import a_plan, collect_into

import simulator
from simulator.collect.finalize import finalize
from simulator.errors import TraceError
from simulator.trace.derive_trace import derive_trace
from simulator.trace.directory import validate_directory


def test_several_gpus_are_one_machine(tmp_path):
    """Their power is summed, and the trace says how many they are."""
    collect_into(tmp_path, a_plan(), gpus=("NVIDIA A40", "NVIDIA A40"))
    found = finalize(tmp_path)
    assert found.gpu == "a40-x2"
    assert json.loads((found.trace / "trace.json").read_text())["measured"]["num_gpus"] == 2


def test_traces_of_several_gpus_are_valid(tmp_path):
    """Together they draw more than the limit of one, which is nothing to warn of; nor is it where targets change."""

    def both(result):
        window = result.window
        return replace(result, window=replace(window, energy_j=2 * window.energy_j, uncertainty_j=0.0))

    collect_into(tmp_path, a_plan(seeds=(0, 1, 2)), gpus=("NVIDIA A40", "NVIDIA A40"), change=both)
    found = finalize(tmp_path)
    assert found.remarks == ()
    derive_trace(found.trace, [0.7], tmp_path / "derived", metric="accuracy")
    for folder in (found.trace, tmp_path / "derived"):
        assert not [report.problems for report in validate_directory(folder).values() if report.problems]


def test_without_a_gpu_there_are_times(tmp_path):
    """No power trace is made up, and a replay says what it lacks."""

    def timed(result):
        return replace(result, window=replace(result.window, energy_j=None, uncertainty_j=None, source=None))

    collect_into(tmp_path, a_plan(power_limits_w="all"), gpus=(), change=timed)
    found = finalize(tmp_path)
    assert (found.gpu, found.replayable, found.remarks) == (None, False, ())
    times = pd.read_parquet(tmp_path / "tables" / "times.parquet")
    assert times["time_per_epoch"].tolist() == [512 / size + 64 / 256 for size in (8, 16)]
    with pytest.raises(TraceError, match="no power trace"):
        simulator.read_traces(found.trace)
