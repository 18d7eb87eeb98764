"""From results to traces: the same bytes whatever happened before, and nothing dropped without a word."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from fabricated import a_job, a_plan, a_window, collect_into

import simulator
from simulator.collect.finalize import finalize
from simulator.collect.plan import Measure
from simulator.errors import CollectError, TraceError
from simulator.trace.derive import derive_targets
from simulator.trace.derive_trace import derive_trace
from simulator.trace.directory import validate_directory
from simulator.trace.files import read_table


def all_bytes(out):
    """Content of every file that finalizing leaves."""
    return {
        str(file.relative_to(out)): file.read_bytes() for name in ("trace", "tables") for file in (out / name).iterdir()
    }


def test_twice_and_in_any_order_gives_the_same_bytes(tmp_path):
    """Results decide, not the order in which they were made, nor what an earlier time left."""
    contents = []
    for seed in range(3):
        out = tmp_path / str(seed)
        collect_into(out, a_plan(targets=[0.7]), order_seed=seed)
        finalize(out)
        contents.append(all_bytes(out))
        finalize(out)
        contents.append(all_bytes(out))
    assert all(content == contents[0] for content in contents)
    assert len(contents[0]) == 9


def test_files_of_an_earlier_time_go(tmp_path):
    """Else two power traces would lie there, one of them stale."""
    collect_into(tmp_path, a_plan(measure=Measure(gpu_key="mine")))
    assert finalize(tmp_path).gpu == "mine"
    collect_into(tmp_path, a_plan(seeds=(5,)))
    finalize(tmp_path)
    assert sorted(file.name for file in (tmp_path / "trace").glob("power*")) == ["power_a100-sxm4-80gb.csv"]


def test_traces_are_valid(tmp_path):
    """By the rules for everybody's traces; few runs are the only thing to be said."""
    collect_into(tmp_path, a_plan(targets=[0.7, 0.8]))
    reports = validate_directory(finalize(tmp_path).trace)
    assert {file.name for file in reports} >= {"train.csv", "power_a100-sxm4-80gb.csv", "trace.json"}
    problems = [problem.message for report in reports.values() for problem in report.problems]
    assert [message.split(":")[0] for message in problems] == ["fewer than 3 runs"]


def test_targets_are_told_as_they_were_reached(tmp_path):
    """First epoch from 1, empty if never, one row per run and threshold; as deriving them from the metrics does."""
    collect_into(tmp_path, a_plan(targets=[0.7]))
    train = read_table(finalize(tmp_path).trace / "train.csv")
    of_size = train.loc[train["batch_size"] == 8].set_index(["run", "target_metric"])["target_epoch"]
    assert of_size.fillna(0).to_dict() == {(1, 0.7): 1, (1, 0.9): 3, (2, 0.7): 0, (2, 0.9): 0}
    assert set(train["epochs"]) == {6}
    derived = derive_targets(tmp_path / "trace" / "metrics.csv", [0.7, 0.9], metric="accuracy")
    pd.testing.assert_frame_equal(
        derived.astype(float, errors="ignore"), train.astype(float, errors="ignore"), check_dtype=False
    )


def test_metrics_that_fall_are_passed_from_above(tmp_path):
    """A loss of 1/n is at most 0.25 from epoch 4 on."""
    job = a_job(target_metric=0.25, higher_is_better=False)
    collect_into(tmp_path, a_plan(job=job, metric="loss"))
    trace = finalize(tmp_path).trace
    assert set(read_table(trace / "train.csv")["target_epoch"]) == {4}
    assert not simulator.read_traces(trace).jobs[0].higher_is_better


def test_slices_are_told_apart_only_where_there_are_several(tmp_path):
    """One slice needs no column."""
    collect_into(tmp_path / "one", a_plan())
    collect_into(tmp_path / "two", a_plan(slices=(0, 1), from_environment=("slice_number",)))
    columns = [set(read_table(finalize(tmp_path / name).trace / "train.csv").columns) for name in ("one", "two")]
    assert columns[1] - columns[0] == {"slice"}
    assert simulator.read_traces(tmp_path / "two" / "trace").jobs


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


def test_without_a_run_that_reached_the_target_nothing_can_be_replayed(tmp_path):
    """A replay would train for ever; what was reported is kept, and other targets can be derived from it."""
    collect_into(tmp_path, a_plan(job=a_job(target_metric=1.5), targets=[0.7]))
    found = finalize(tmp_path)
    assert not found.replayable
    (line,) = found.remarks
    assert line.startswith("train trace: no run reached the target, 1.5 of accuracy; `simulator trace derive`")


def test_a_target_that_was_reached_where_there_is_no_power_does_not_do(tmp_path):
    """Size 8 has power, but never reached its target; size 16 did, but has none."""

    def change(result):
        if result.spec.batch_size == 16:
            return result if result.spec.kind == "epochs" else replace(result, window=None)
        return replace(result, epochs=tuple(replace(epoch, metrics={"accuracy": 0.1}) for epoch in result.epochs))

    collect_into(tmp_path, a_plan(), change=change)
    assert not finalize(tmp_path).replayable


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


def test_runs_of_other_plans_are_left_out(tmp_path):
    """The folder may hold runs of a plan that was changed since; they are kept, and not mixed in."""
    collect_into(tmp_path, a_plan(batch_sizes=(8, 16, 32)))
    collect_into(tmp_path, a_plan(), change=lambda result: None)
    found = finalize(tmp_path)
    assert found.remarks == ("5 results are of runs that the plan has no more: left out",)
    assert set(found.summary["batch_size"]) == {8, 16}


def test_all_that_is_known_is_in_the_tables(tmp_path):
    """Every run, be it made or not, and every epoch with its windows."""
    specs = collect_into(tmp_path, a_plan(), change=lambda result: result if result.spec.seed == 0 else None)
    finalize(tmp_path)
    runs = pd.read_parquet(tmp_path / "tables" / "runs.parquet")
    assert runs["key"].tolist() == [spec.key for spec in specs]
    assert runs["status"].value_counts().to_dict() == {"done": 8, "missing": 2}
    epochs = pd.read_parquet(tmp_path / "tables" / "epochs.parquet")
    assert len(epochs) == 2 * 6 + 6 * 4
    assert (epochs["whole_uncertainty_j"] == epochs["whole_energy_j"] / 256).all()
    assert set(epochs["whole_source"]) == {"counter"}


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


def test_a_folder_without_a_collection_is_refused(tmp_path):
    """Nothing is written there."""
    with pytest.raises(CollectError, match="holds no collection"):
        finalize(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_verb_has_the_name_of_its_room():
    """`simulator.collect.finalize(out)` works, whatever was imported before."""
    import simulator.collect

    with pytest.raises(CollectError, match="holds no collection"):
        simulator.collect.finalize("/none")
