"""Nothing is dropped without a word: what is missing or cannot be used is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from fabricated import a_plan, a_window, collect_into

import simulator
from simulator.collect.finalize import finalize
from simulator.trace.files import read_table


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "failed", "reason": "gpu_lost"}, "failed: gpu_lost"),
        ({"status": "infeasible", "reason": "out of memory"}, "infeasible at 200 W, seed 0: out of memory"),
        ({"status": "failed", "reason": "exit code 1; its last lines:\nTraceback\n  ..."}, "failed: exit code 1"),
        ({"window": None}, "no epochs were measured one after the other"),
        ({"window": "invalid"}, "its window is not valid: gap, limit_changed"),
        ({"window": "no energy"}, "no sensor told its energy"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, caplog, changes, said):
    """In the log, in what is handed back, and in trace.json; the row is not there."""

    def change(result):
        if (result.spec.kind, result.spec.batch_size, result.spec.power_limit_w) != ("power", 8, 200):
            return result
        windows = {
            "invalid": a_window(result.spec, epochs=3, valid=False, flags=("gap", "limit_changed")),
            "no energy": a_window(result.spec, epochs=3, energy_j=None),
        }
        return replace(result, **{name: windows.get(value, value) for name, value in changes.items()})

    collect_into(tmp_path, a_plan(), change=change)
    found = finalize(tmp_path)
    line = f"power trace, batch size 8 (200 W): {said}"
    assert found.remarks == (line,)
    assert line in caplog.text
    assert json.loads((found.trace / "trace.json").read_text())["measured"]["remarks"] == [line]
    power = read_table(found.trace / "power_a100-sxm4-80gb.csv")
    assert list(zip(power["batch_size"], power["power_limit"], strict=True)) == [(8, 300), (16, 200), (16, 300)]
    assert found.replayable


def test_an_unfinished_collection_gives_what_there_is(tmp_path):
    """And says what is not there yet."""
    collect_into(tmp_path, a_plan(), change=lambda result: result if result.spec.batch_size == 8 else None)
    found = finalize(tmp_path)
    assert "train trace, batch size 16 (seed 0, seed 1): not run yet" in found.remarks
    assert "the default batch size, 16, is not in both traces: replays need another, --default-bs" in found.remarks
    assert simulator.read_traces(found.trace).jobs[0].default_bs is None


def test_what_did_not_fit_is_not_waited_for(tmp_path):
    """The first run of size 16 did not fit, so that no other of that size is ever made: all say why."""

    def change(result):
        if result.spec.batch_size == 8:
            return result
        if (result.spec.kind, result.spec.seed) != ("epochs", 0):
            return None
        return replace(result, status="infeasible", reason="out of memory", epochs=(), window=None)

    collect_into(tmp_path, a_plan(), change=change)
    found = finalize(tmp_path)
    why = "infeasible at 300 W, seed 0: out of memory"
    assert found.remarks[:2] == (
        f"train trace, batch size 16 (seed 0, seed 1): {why}",
        f"power trace, batch size 16 (300 W, 200 W): {why}",
    )
    assert found.summary["problems"].tolist() == ["", why]


def test_nothing_at_all_is_no_error(tmp_path):
    """The first run may still be going on."""
    collect_into(tmp_path, a_plan(), change=lambda result: None)
    found = finalize(tmp_path)
    assert not found.replayable
    assert [file for file in found.files if file.startswith("trace/")] == ["trace/trace.json"]


def test_runs_of_other_plans_are_left_out(tmp_path):
    """The folder may hold runs of a plan that was changed since; they are kept, and not mixed in."""
    collect_into(tmp_path, a_plan(batch_sizes=(8, 16, 32)))
    collect_into(tmp_path, a_plan(), change=lambda result: None)
    found = finalize(tmp_path)
    assert found.remarks == ("5 results are of runs that the plan has no more: left out",)
    assert set(found.summary["batch_size"]) == {8, 16}
