"""``simulator collect``: the plan it understands, what it says, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from fabricated import a_plan, collect_into

from simulator.cli import main
from simulator.collect.finalize import finalize
from simulator.collect.plan import Range
from simulator.errors import NvmlMissingError

PLAN = """
[job]
dataset = "digits"
network = "mlp"
optimizer = "sgd"
target_metric = 0.9
max_epochs = 6
default_bs = 16
default_lr = 0.1
command = ["python", "train.py", "{batch_size}", "{learning_rate}", "{seed}", "{epochs}"]

[grid]
batch_sizes = [8, 16]
power_limits_w = [300, 200]
seeds = [0, 1]

[measure]
epoch_s = 2
"""

JOB = ["--dataset", "d", "--network", "n", "--optimizer", "sgd", "--target", "0.9", "--max-epochs", "6"]
GRID = ["--batch-sizes", "8,16", "--default-bs", "16", "--default-lr", "0.1"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the program in a folder that has a plan."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.toml").write_text(PLAN)
    return lambda *words: CliRunner().invoke(main, ["collect", *map(str, words)])


@pytest.fixture
def asked(monkeypatch, run):
    """What the controller was asked for; it leaves results that were made up."""
    calls = []

    def collect(plan, out, *, tell, **options):
        calls.append(SimpleNamespace(plan=plan, out=out, **options))
        tell(0.5, "half")
        collect_into(out, plan)
        return finalize(out)

    import simulator.collect.run

    monkeypatch.setattr(simulator.collect.run, "collect", collect, raising=False)
    return calls


def test_a_dry_run_prints_the_grid_and_an_estimate(run, tmp_path):
    """A row per pass and batch size; what the time rests on; nothing is written, and no GPU is needed."""
    result = run("plan.toml", "--dry-run")
    assert result.exit_code == 0
    assert re.search(r"to the target +8 +0\.05 +300 +0,1 +0 +2 +12 ", result.stdout)
    assert re.search(r"power +16 +0\.1 +300,200 +0 +0 +3 +12 ", result.stdout)
    assert re.search(r"10 runs; at most 48 epochs, about \S", result.stdout)
    assert "the plan's guess of 2 s an epoch at batch size 16, scaled to the others" in result.stdout
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.toml"]


def test_a_dry_run_speaks_json(run):
    """A run a line, then the estimate."""
    *runs, total = [json.loads(line) for line in run("plan.toml", "--dry-run", "--json").stdout.splitlines()]
    assert [each["power_limit_w"] for each in runs if each["kind"] == "power"] == [300, 200, 300] * 2
    assert runs[0]["command"] == ["python", "train.py", "8", "0.05", "0", "6"]
    assert (total["runs"], total["made"], total["epochs"]) == (10, 0, 48)
    assert total["time_s"] > 0


def test_a_dry_run_knows_what_is_made(run, tmp_path):
    """A collection that was interrupted goes on from there."""
    collect_into(tmp_path / "out", a_plan(), change=lambda made: made if made.spec.batch_size == 8 else None)
    result = run("plan.toml", "--dry-run", "--out", "out")
    assert "5 runs, 5 made already" in result.stdout
    collect_into(tmp_path / "all", a_plan())
    assert "all 10 runs are made" in run("plan.toml", "--dry-run", "--out", "all").stdout


def test_a_dry_run_leaves_out_what_does_not_fit(run, tmp_path):
    """And says so, else the numbers would not add up."""

    def change(made):
        if made.spec.batch_size == 8:
            return made
        first = (made.spec.kind, made.spec.seed) == ("epochs", 0)
        return replace(made, status="infeasible", reason="out of memory", epochs=()) if first else None

    collect_into(tmp_path / "out", a_plan(), change=change)
    said = run("plan.toml", "--dry-run", "--out", "out").stdout
    assert "6 runs are made, 4 left out since their batch size does not fit." in said


def test_options_do_for_a_plan(run, asked):
    """All of a job, and the command behind two hyphens, options of its own included."""
    command = ["train", "{batch_size}", "--lr", "{learning_rate}", "{seed}"]
    assert run(*JOB, *GRID, "--power-limits", "300:200:50", "--seeds", "0:2", "--", *command).exit_code == 0
    (call,) = asked
    assert call.plan.job.command == command
    assert call.plan.grid.batch_sizes == (8, 16)
    assert call.plan.grid.power_limits_w == Range(from_=300, to=200, step=50)
    assert call.plan.grid.seeds == (0, 1)
    assert call.plan.job.higher_is_better
    assert str(call.out) == "collected"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a plan, as in"),
        (["a.toml", "b.toml"], "name a plan, as in"),
        (["plan.toml", "--dataset", "d"], "leave out the options, or the plan: dataset"),
        (["none.toml"], "none.toml cannot be read: No such file"),
        (["--dataset", "d", "--", "train"], "job.network is missing"),
        (["--batch-sizes", "8;16"], "write 8,16,32"),
        (["--power-limits", "some"], "300:100:25 or all"),
        (["plan.toml", "--dry"], "--dry-run"),
        (["finalise", "x"], "no command 'finalise'; there are"),
        (["finalize"], "missing argument OUT"),
        (["finalize", "."], "holds no collection"),
    ],
)
def test_what_cannot_be_understood_is_said(run, words, said):
    """With exit code 2, and what to write instead."""
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_everything_wrong_with_a_plan_is_one_message(run, tmp_path):
    """Not one at a time."""
    (tmp_path / "plan.toml").write_text(PLAN.replace("seeds", "sedes").replace("max_epochs = 6", "max_epochs = 0"))
    message = run("plan.toml").stderr
    assert "2 things are wrong" in message
    assert "did you mean 'seeds'?" in message
    assert "job.max_epochs is 0, but must be 1 or above" in message


def test_the_end_says_what_was_measured_and_what_to_do(run, asked):
    """A row per batch size; the traces; and the next command, which works."""
    result = run("plan.toml", "--out", "out", "--resume", "--retry-failed", "--observe", "--full")
    assert result.exit_code == 0
    (call,) = asked
    assert (call.resume, call.retry_failed, call.observe, call.no_gpu) == (True, True, True, False)
    assert call.plan.grid.full
    assert "Measured on a100-sxm4-80gb" in result.stdout
    assert "Wrote to out: trace/train.csv" in result.stderr
    command = result.stderr.splitlines()[-1].removeprefix("Next: simulator ").split()
    assert command == ["replay", "--traces", "out/trace"]
    assert CliRunner().invoke(main, [*command, "--seeds", "0", "--no-plots"]).exit_code == 0


def test_programs_get_rows(run, asked):
    """And nothing else on stdout."""
    rows = [json.loads(line) for line in run("plan.toml", "--json", "-q").stdout.splitlines()]
    assert [(row["batch_size"], row["reached"], row["power_limits"]) for row in rows] == [(8, 1, 2), (16, 2, 2)]


def test_quiet_says_no_files(run, asked):
    """As with other commands."""
    assert "Wrote to" not in run("plan.toml", "-q").stderr


def test_traces_can_be_made_again(run, tmp_path):
    """From the results, as the end of a collection makes them."""
    collect_into(tmp_path / "out", a_plan())
    assert run("finalize", "out").exit_code == 0
    first = (tmp_path / "out" / "trace" / "train.csv").read_bytes()
    shutil.rmtree(tmp_path / "out" / "trace")
    assert "Next: simulator replay --traces out/trace" in run("finalize", "out").stderr
    assert (tmp_path / "out" / "trace" / "train.csv").read_bytes() == first


def test_nothing_measured_is_an_error(run, tmp_path):
    """With the reasons, and exit code 2."""
    collect_into(tmp_path / "out", a_plan(), change=lambda result: replace(result, status="failed", reason="gpu_lost"))
    result = run("finalize", "out")
    assert result.exit_code == 2
    assert "failed: gpu_lost" in result.stderr
    assert "not one run was made to its end" in result.stderr


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        ("failed", 1, r"^2 runs failed, the first of them: power: batch size 8, 200 W, seed 0: failed: exit code 9\. "),
        ("infeasible", 0, "infeasible at 200 W, seed 0: exit code 9"),
    ],
)
def test_failed_runs_are_an_exit_code_of_their_own(run, monkeypatch, status, code, said):
    """Scripts can tell it; results and traces are there all the same. What does not fit is a result."""
    import simulator.collect.run

    def change(result):
        failed = (result.spec.kind, result.spec.power_limit_w) == ("power", 200)
        return replace(result, status=status, reason="exit code 9", window=None) if failed else result

    def collect(plan, out, **options):
        collect_into(out, plan, change=change)
        return finalize(out)

    monkeypatch.setattr(simulator.collect.run, "collect", collect, raising=False)
    result = run("plan.toml")
    assert result.exit_code == code
    assert re.search(said, result.stderr, flags=re.MULTILINE), result.stderr
    assert "Next: simulator replay" in result.stderr
    assert run("finalize", "collected").exit_code == 0


def test_advice_fits_the_command(run, monkeypatch):
    """Only a collection can do without a GPU."""
    import simulator.collect.nvml

    def missing():
        raise NvmlMissingError("no NVML on this machine")

    monkeypatch.setattr(simulator.collect.nvml, "nvml", missing)
    for words in (["watch", "--once"], ["probe"]):
        result = run(*words)
        assert (result.exit_code, result.stderr) == (3, "error: no NVML on this machine\n")


def test_no_gpu_is_exit_code_3(run, monkeypatch):
    """So that scripts can tell it from a mistake."""
    import simulator.collect.run

    def collect(*args, **options):
        raise NvmlMissingError("no NVML on this machine")

    monkeypatch.setattr(simulator.collect.run, "collect", collect, raising=False)
    result = run("plan.toml")
    assert result.exit_code == 3
    assert result.stderr == "error: no NVML on this machine; --no-gpu records times only\n"


def test_without_nvml_nothing_is_launched(tmp_path):
    """The real program, on a machine whose library cannot be loaded: it ends before the script starts."""
    (tmp_path / "libnvidia-ml.so.1").write_text("no library")
    command = [*JOB, *GRID, "--", "touch", "launched", "{batch_size}", "{learning_rate}"]
    code = "from simulator.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "collect", *command],
        cwd=tmp_path,
        env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path), "SIMULATOR_STATE_DIR": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 3, done.stderr
    assert "--no-gpu" in done.stderr
    assert not (tmp_path / "launched").exists()


def test_help_lists_options_and_other_commands(run):
    """The default command and its neighbours are one page."""
    text = run("--help").stdout
    assert text.startswith("Usage: main collect [OPTIONS] [PLAN.toml | -- COMMAND ...]")
    for word in ("--dry-run", "finalize", "restore"):
        assert word in text
    assert run("finalize", "--help").stdout.startswith("Usage: main collect finalize [OPTIONS] OUT")
