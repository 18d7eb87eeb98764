"""`simulator trace import ...`: formats of others, with what they do not say."""

from __future__ import annotations

import json

import pytest

import simulator
from simulator.trace.locate import bundled_directory


def mllog(key, value=None, at_s=0, **metadata):
    """A line of an MLPerf log."""
    event = {"namespace": "", "time_ms": 10**12 + at_s * 1000, "event_type": "", "key": key, "value": value}
    return f":::MLLOG {json.dumps({**event, 'metadata': metadata})}\n"


@pytest.fixture
def pollux(tmp_path):
    """SYNTHETIC measurements of one application, in Pollux's format."""
    folder = tmp_path / "traces" / "cifar10"
    folder.mkdir(parents=True)
    rows = "".join(f"{100 * n},{100 * n},{0.6 + n / 10},1,1\n" for n in (1, 2, 3))
    (folder / "validation-10.csv").write_text("progress,iteration,metric,grad_sqr,grad_var\n" + rows)
    (folder / "placements.csv").write_text("placement,local_bsz,step_time,sync_time\n1,5,0.1,0\n1,20,0.2,0\n")
    return tmp_path / "traces"


@pytest.fixture
def result(tmp_path):
    """SYNTHETIC log of a run with its power, in MLPerf's format."""
    settings = {"submission_benchmark": "resnet", "global_batch_size": 256, "opt_name": "sgd"}
    text = "".join(mllog(key, value) for key, value in {**settings, "opt_base_learning_rate": 0.1}.items())
    text += mllog("run_start") + mllog("power_measurement_start")
    for epoch in range(1, 4):
        text += mllog("epoch_start", at_s=60 * epoch - 60, epoch_num=epoch)
        text += "".join(mllog("power_reading", 500.0, at_s=60 * epoch - 60 + at_s) for at_s in range(2, 61, 2))
        text += mllog("eval_accuracy", 0.5 + epoch / 10, at_s=60 * epoch, epoch_num=epoch)
    (tmp_path / "result_0.txt").write_text(text + mllog("run_stop", at_s=180, status="success"))
    return tmp_path / "result_0.txt"


def test_pollux_then_derive(run, pollux):
    """Metrics and times come first, then targets; there is no power, and it is said what to do about that."""
    done = run("trace", "import", "pollux", pollux)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.split() == [f"pollux-traces/{name}" for name in ("metrics.csv", "times.csv", "trace.json")]
    assert "Gap: no power and no power limits." in done.stderr
    assert "simulator trace derive pollux-traces --target X" in done.stderr
    assert "simulator collect" in done.stderr
    derived = run("trace", "derive", "pollux-traces", "--target", "0.8", "--out", "derived")
    assert derived.exit_code == 0, derived.stderr
    both = run("trace", "import", "pollux", pollux, "--application", "cifar10", "--target", "0.8", "--out", "both")
    assert both.exit_code == 0, both.stderr
    assert "No targets yet" not in both.stderr
    unknown = run("trace", "import", "pollux", pollux, "--application", "bert")
    assert unknown.exit_code == 2
    assert "no application 'bert', but cifar10" in unknown.stderr


def test_mlperf_then_replay(run, result):
    """A log with power is a trace; what stands for a limit is among the gaps, on screen and in the trace."""
    done = run("trace", "import", "mlperf", result)
    assert done.exit_code == 0, done.stderr
    assert "mlperf-traces/power_mlperf.csv" in done.stdout
    assert "Gap: no power limits: the highest power read stands for one." in done.stderr
    assert "cannot be replayed" not in done.stderr
    assert "no power limits" in json.loads((result.parent / "mlperf-traces" / "trace.json").read_text())["description"]
    assert run("trace", "validate", "mlperf-traces").exit_code == 0
    replayed = run("replay", "--traces", "mlperf-traces", "-p", "default", "--seeds", "0", "--no-plots")
    assert replayed.exit_code == 0, replayed.stderr
    torn = result.with_name("torn.txt")
    torn.write_text(result.read_text()[:-9])
    refused = run("trace", "import", "mlperf", torn, "--out", "torn")
    assert refused.exit_code == 2
    assert "torn.txt, line " in refused.stderr


def test_alibaba_pai_then_replay(run, tmp_path):
    """Groups are matched with the datasets of the bundled jobs, and replay with them."""
    jobs, tags = tmp_path / "jobs.csv", tmp_path / "tags.csv"
    runs = [(group, at, 10 * 4**group) for group in range(6) for at in range(3)]
    jobs.write_text("".join(f"j,{g}-{at},u,Terminated,{at * 1e5},{at * 1e5 + s}\n" for g, at, s in runs))
    tags.write_text("".join(f"{g}-{at},u,,group{g},\n" for g, at, _ in runs))
    done = run("trace", "import", "alibaba-pai", jobs, tags, "--out", "mine/groups.csv")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == "mine/groups.csv\n"
    assert "Gap: no datasets, networks" in done.stderr
    groups = simulator.read_groups(tmp_path / "mine" / "groups.csv")
    assert set(groups["dataset"]) == {job.dataset for job in simulator.read_traces(gpu="v100").jobs}
    assert groups.loc[groups["group"] == "group0", "dataset"].iloc[0] == "movielens-1m"
    replayed = run(
        "replay", "-j", "squad", "--groups", "mine/groups.csv", "-p", "default", "--seeds", "0", "--no-plots"
    )
    assert replayed.exit_code == 0, replayed.stderr
    chosen = run("trace", "import", "alibaba-pai", jobs, tags, "--dataset", "squad", "--most", "1", "--out", "one.csv")
    assert chosen.exit_code == 0, chosen.stderr
    assert len(simulator.read_groups(tmp_path / "one.csv")) == 3
    refused = run("trace", "import", "alibaba-pai", jobs, tmp_path / "nothing.csv", "--dataset", "squad")
    assert refused.exit_code == 2
    assert "nothing.csv cannot be read: No such file" in refused.stderr


def test_the_published_layout_needs_no_import(run, tmp_path):
    """Zeus' file names are read as they are."""
    folder = tmp_path / "as-published"
    folder.mkdir()
    names = {"train.csv": "summary_train.csv", "power_v100.csv": "summary_power_v100.csv"}
    for ours, theirs in names.items():
        (folder / theirs).write_bytes((bundled_directory() / ours).read_bytes())
    traces = simulator.read_traces(folder)
    assert (traces.gpu, len(traces.jobs)) == ("v100", 6)
    assert run("trace", "validate", folder).exit_code == 0
