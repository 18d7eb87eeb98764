"""A collection, from a plan to traces that replay."""

from __future__ import annotations

import json
import os
import signal
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from quick_collections import QUICK, a_plan, results, start_controller

from simulator import read_traces, replay
from simulator.collect import examples
from simulator.collect.plan import Output, Plan
from simulator.collect.protocol import events_of
from simulator.collect.result import read_manifest, read_results
from simulator.collect.run import collect
from simulator.collect.sampling import Sampler
from simulator.errors import CollectError, GpuPermissionError, PlanError, SamplerError


def power_of(finalized):
    return pd.read_csv(next(finalized.trace.glob("power_*.csv")))


def test_a_grid_gives_power_within_its_uncertainty_of_the_truth_and_traces_that_replay(gpu, run_plan, tmp_path):
    """Two batch sizes and two limits: each window's power is that of the simulated GPU, and limits are given back."""
    told = []
    finalized = run_plan(a_plan(min_window_s=1.5), tell=lambda share, words: told.append((share, words)))

    assert gpu.limit_w() == 350
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1][0] == 1
    made = read_results(tmp_path / "out")
    assert [result.status for result in made.values()] == ["done"] * 6
    for result in made.values():
        window = result.window
        truth_j = gpu.true_energy_j(window.start_ns, window.end_ns)
        assert abs(window.energy_j / truth_j - 1) < max(0.005, window.uncertainty_j / window.energy_j)
        assert result.enforced_mw == result.spec.power_limit_w * 1000
        assert 55 < result.baseline["power_w"] < 75 or result.baseline["power_w"] is None
    power = power_of(finalized)
    assert list(power["power_limit"]) == [200, 300, 200, 300]
    assert (power["average_power"] <= power["power_limit"] * 1.005).all()
    slow, fast = power[power["batch_size"] == 16]["time_per_epoch"]
    assert slow > fast  # the limit is felt

    traces = read_traces(finalized.trace)
    assert finalized.replayable
    assert len(replay.replay(traces.jobs[0], traces, policy="default", seeds=1, recurrences=3)) >= 3


def test_a_run_is_told_what_it_is_and_where_it_runs(gpu, run_plan, tmp_path):
    """The environment is that of the protocol; only a run to the target hears of the target."""
    run_plan(a_plan(do=["environment"], batch_sizes=(8,), limits=(250,), target=0.4))
    for result in read_results(tmp_path / "out").values():
        first = (tmp_path / "out" / "runs" / result.spec.key / "output.log").read_text().splitlines()[0]
        told = json.loads(first)
        assert told["CUDA_VISIBLE_DEVICES"] == gpu.uuid()
        assert told["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
        assert told["SIMULATOR_POWER_LIMIT_W"] == "250"
        assert told["SIMULATOR_LR"] == "0.1"
        assert told["SIMULATOR_RUN_ID"] == result.spec.key
        assert ("SIMULATOR_TARGET" in told) == (result.spec.kind == "epochs")
        assert result.reported["run_id"] == result.spec.key
    session = read_manifest(tmp_path / "out").metadata["sessions"][0]
    assert session["machine"]["host"]
    assert session["probe"]["gpus"][0]["uuid"] == gpu.uuid()
    assert session["gpus"][0]["uuid"] == gpu.uuid()
    clocks = (tmp_path / "out" / "clocks.jsonl").read_text().splitlines()
    assert set(json.loads(clocks[0])) == {"mono_ns", "wall_ns", "step_ns"}


def test_observing_measures_at_the_present_limit_and_sets_nothing(gpu, run_plan, tmp_path):
    """One power row per batch size, at the limit that was found; without the right to set any."""
    gpu.fault("no_permission")
    before = gpu.calls("set_limit")
    finalized = run_plan(a_plan(batch_sizes=(8,), target=0.4), observe=True)
    assert list(power_of(finalized)["power_limit"]) == [350]
    assert gpu.calls("set_limit") == before
    assert not (tmp_path / "state").exists()


def test_without_the_right_to_set_limits_nothing_is_launched(gpu, run_plan, tmp_path):
    """The error says what can be done about it."""
    gpu.fault("no_permission")
    with pytest.raises(GpuPermissionError, match="--observe"):
        run_plan(a_plan())
    assert not (tmp_path / "out" / "runs").exists()
    assert gpu.limit_w() == 350


def test_a_limit_that_the_gpu_does_not_take_is_refused_before_anything_runs(gpu, run_plan, tmp_path):
    """Or moved into the range, if the plan says so."""
    with pytest.raises(PlanError, match="100 to 400 W"):
        run_plan(a_plan(limits=(300, 50)))
    assert not (tmp_path / "out" / "runs").exists()


def test_without_nvml_nothing_is_launched_and_the_program_ends_with_3(gpu, tmp_path):
    """It says what to do without a GPU."""
    gpu.fault("driver_not_loaded")
    program = start_controller(a_plan(), tmp_path / "out")
    _, said = program.communicate(timeout=60)
    assert program.returncode == 3, said
    assert "--no-gpu" in said
    assert not (tmp_path / "out" / "runs").exists()


def test_times_are_recorded_without_a_gpu(surroundings, tmp_path):
    """A real training, of the digits that scikit-learn brings, reaches its target; its times make the power trace's."""
    pytest.importorskip("sklearn")
    tables = tomllib.loads((Path(examples.__file__).parent / "digits.toml").read_text())
    tables["job"]["command"][0] = sys.executable
    tables["grid"] = {"batch_sizes": [64], "seeds": [1]}
    plan = replace(Plan.from_dict(tables), measure=replace(QUICK, max_power_epochs=20_000))
    finalized = collect(plan, tmp_path / "out", no_gpu=True)
    made = read_results(tmp_path / "out")
    assert {result.status for result in made.values()} == {"done"}
    assert {result.num_gpus for result in made.values()} == {0}
    assert all(result.window.energy_j is None for result in made.values())
    train = pd.read_csv(finalized.trace / "train.csv")
    assert train["target_epoch"].notna().all()


def test_going_on_with_a_finished_collection_makes_no_run_and_the_same_traces(gpu, run_plan, tmp_path):
    """Results stay byte for byte as they are, and so do the traces; what differs is refused by name."""
    plan = a_plan(batch_sizes=(8,), limits=(300,), target=0.4)
    first = run_plan(plan)
    before = results(tmp_path / "out"), {file.name: file.read_bytes() for file in first.trace.iterdir()}
    with pytest.raises(CollectError, match="--resume"):
        run_plan(plan)
    again = run_plan(plan, resume=True)
    assert (results(tmp_path / "out"), {file.name: file.read_bytes() for file in again.trace.iterdir()}) == before
    assert len(read_manifest(tmp_path / "out").metadata["sessions"]) == 2
    with pytest.raises(CollectError, match=r"job.target_metric: 0.4 there, 0.5 now"):
        run_plan(a_plan(batch_sizes=(8,), limits=(300,), target=0.5), resume=True)
    with pytest.raises(CollectError, match="mode: limits there, observe now"):
        run_plan(plan, resume=True, observe=True)


def test_a_grid_may_grow(gpu, run_plan, tmp_path):
    """More seeds and sizes are more runs, and what was measured stays; a grid that shrinks is another collection."""
    run_plan(a_plan(batch_sizes=(16,), limits=(300,), seeds=(1,), target=0.4))
    before = results(tmp_path / "out")
    grown = run_plan(a_plan(batch_sizes=(8, 16), limits=(300,), seeds=(1, 2), target=0.4), resume=True)
    after = results(tmp_path / "out")
    assert {key: after[key] for key in before} == before
    assert len(after) == 6, "four to the target, two for their power"
    train = pd.read_csv(grown.trace / "train.csv")
    assert sorted(set(zip(train["batch_size"], train["run"], strict=True))) == [(8, 1), (8, 2), (16, 1), (16, 2)]
    with pytest.raises(CollectError, match=r"grid.seeds: \[1, 2\] there, \[1\] now"):
        run_plan(a_plan(batch_sizes=(8, 16), limits=(300,), seeds=(1,), target=0.4), resume=True)


def test_two_controllers_cannot_share_a_folder(gpu, run_plan, tmp_path):
    """The second says who holds it."""
    from simulator.collect.run.lock import held

    with held(tmp_path / "out"), pytest.raises(CollectError, match="another collection writes to"):
        run_plan(a_plan())
    with held(tmp_path / "out"):
        pass


def test_steps_are_scaled_to_an_epoch_where_that_is_asked_for(gpu, tmp_path, monkeypatch, run_plan):
    """A stretch of steps is measured and marked; the epoch's steps come from the run to the target."""
    from simulator.collect.run import progress
    from simulator.collect.run import steps as module

    monkeypatch.setattr(module, "WARM_NS", 500_000_000)
    monkeypatch.setattr(progress, "LEAST_NS", 1_000_000_000)
    finalized = run_plan(a_plan(batch_sizes=(8,), limits=(200,), target=0.3, steps=30, window="train", epoch_s=1.5))
    made = {result.spec.kind: result for result in read_results(tmp_path / "out").values()}
    steps = made["epochs"].epochs[0].steps
    assert steps > 30
    window = made["power"].window
    assert "scaled" in window.flags
    assert window.epochs * steps >= 30
    told = module.Steps()
    for event in events_of(tmp_path / "out" / "runs" / made["power"].spec.key):
        told.take(event)
    pieces = [(p.start_ns, min(p.end_ns, window.end_ns)) for p in told.stretch().pieces if p.start_ns < window.end_ns]
    assert window.time_s == pytest.approx(sum(end - start for start, end in pieces) / 1e9)
    assert window.time_s / window.epochs == pytest.approx(
        made["epochs"].train_window.time_s / made["epochs"].train_window.epochs, rel=0.25
    )
    truth_j = sum(gpu.true_energy_j(start, end) for start, end in pieces)
    assert window.energy_j == pytest.approx(truth_j, rel=max(0.005, window.uncertainty_j / window.energy_j))
    assert len(power_of(finalized)) == 1


def test_a_script_that_only_prints_is_followed_by_its_output(gpu, run_plan, tmp_path):
    """Regular expressions find its epochs; everything measured so is flagged."""
    patterns = {
        "epoch_start": r"epoch (?P<epoch>\d+) begins",
        "epoch_end": r"epoch (?P<epoch>\d+) done, accuracy = (?P<accuracy>[\d.]+)",
    }
    run_plan(a_plan(do=["prints"], batch_sizes=(8,), limits=(250,), output=Output(patterns=patterns), kill_after_s=1.0))
    made = {result.spec.kind: result for result in read_results(tmp_path / "out").values()}
    assert [epoch.metrics["accuracy"] for epoch in made["epochs"].epochs] == [0.396141, 0.635354]
    assert "from_output" in made["power"].window.flags
    assert made["power"].window.epochs >= 2
    assert {event.data["source"] for event in events_of(tmp_path / "out" / "runs" / made["power"].spec.key)} == {
        "output"
    }


def test_what_is_refused_leaves_nothing_in_the_way(gpu, run_plan, tmp_path):
    """The advice that comes with it works on the same folder; a folder need not be there to be continued."""
    plan = a_plan(batch_sizes=(8,), limits=None, target=0.2)
    gpu.fault("no_permission", until_ns=gpu.now_ns() + 3_000_000_000)
    with pytest.raises(GpuPermissionError, match="--observe"):
        run_plan(a_plan(batch_sizes=(8,), limits=(300,), target=0.2))
    assert [file.name for file in (tmp_path / "out").iterdir() if file.name != "clocks.jsonl"] == [".lock"]
    run_plan(plan, observe=True)
    run_plan(plan, tmp_path / "new", observe=True, resume=True)
    assert len(read_results(tmp_path / "new")) == len(read_results(tmp_path / "out")) == 2


def test_without_nvml_no_folder_is_made(gpu, run_plan, tmp_path):
    """There is nothing to put into it."""
    gpu.fault("driver_not_loaded")
    with pytest.raises(CollectError):
        run_plan(a_plan())
    assert not (tmp_path / "out").exists()


def test_a_sampler_that_is_killed_while_it_probes_is_started_again(run_plan, tmp_path, monkeypatch):
    """Once: a second death ends the collection."""
    whole, killed = Sampler.probe, []

    def probe(self, seconds):
        if len(killed) < most:
            killed.append(self.pid)
            os.kill(self.pid, signal.SIGKILL)
        return whole(self, seconds)

    monkeypatch.setattr(Sampler, "probe", probe)
    most = 1
    run_plan(a_plan(batch_sizes=(8,), limits=None, target=0.2))
    assert {result.status for result in read_results(tmp_path / "out").values()} == {"done"}
    most = 3
    with pytest.raises(SamplerError):
        run_plan(a_plan(batch_sizes=(8,), limits=None, target=0.2), tmp_path / "twice")
    assert len(killed) == 3
