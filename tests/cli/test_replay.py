"""`simulator replay`, from words to files."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import simulator
from simulator.cli.replay import replay as command
from simulator.compare import summarize
from simulator.replay.frames import COLUMNS
from simulator.trace.locate import bundled_directory

#: Few and quick replays.
QUICK = ("replay", "--job", "squad", "--seeds", "0:2", "--recurrences", "4", "--policy", "default+full")


def test_a_replay_leaves_a_folder_that_explains_itself(run, tmp_path):
    """Every run, a summary, a picture, and how it was all made; nothing else."""
    result = run(*QUICK, "-p", "pruning-gts")
    assert result.exit_code == 0, result.stderr
    folder = tmp_path / "results"
    assert {file.name for file in folder.iterdir()} == {
        "results.parquet",
        "summary.csv",
        "configurations.parquet",
        "manifest.json",
        "squad-bert_base_uncased-adamw-84.0-bs32-6-v100.png",
    }
    runs = pd.read_parquet(folder / "results.parquet")
    assert list(runs.columns) == list(COLUMNS)
    assert runs.groupby("policy")["recurrence"].nunique().to_dict() == {"default+full": 4, "pruning-gts": 4}
    made = json.loads((folder / "manifest.json").read_text())
    assert [each["knobs"]["policy"] for each in made["replays"]] == ["default", "pruning-gts"]
    assert sorted(made["files"]) == sorted(file.name for file in folder.iterdir())
    summary = pd.read_csv(folder / "summary.csv")
    pd.testing.assert_frame_equal(summary, summarize(runs), check_dtype=False)


def test_the_numbers_are_those_of_the_library(run, tmp_path):
    """The command line adds nothing and hides nothing: the same rows as `simulator.replay`."""
    words = ("--eta", "0.7", "--beta", "inf", "--draws", "keyed", "--no-plots", "--gpu", "a40")
    assert run(*QUICK, *words).exit_code == 0
    traces = simulator.read_traces(gpu="a40")
    (job,) = (job for job in traces.jobs if job.dataset == "squad")
    expected = simulator.replay(
        job, traces, policy="default", power_policy="full", seeds=range(2), recurrences=4,
        eta=0.7, beta=float("inf"), draws="keyed",
    )  # fmt: skip
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "results" / "results.parquet"), expected, check_dtype=False, check_exact=True
    )


def test_people_are_told_that_traces_are_synthetic(run):
    """The title says so in capitals; the rest is a table, and what was written is on stderr."""
    result = run(*QUICK, "--no-plots")
    assert result.stdout.splitlines()[0] == (
        "squad (bert_base_uncased, adamw, target 84, default batch size 32) on v100 – SYNTHETIC traces"
    )
    assert "default+full" in result.stdout
    assert "results.parquet" in result.stderr
    assert "results.parquet" not in result.stdout
    assert "\x1b" not in result.output


def test_programs_get_json_and_nothing_else(run):
    """A line of JSON for each policy, and with -q an empty stderr."""
    result = run(*QUICK, "-p", "gts", "--json", "-q", "--no-plots")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["policy"] for row in rows] == ["default+full", "gts"]
    assert rows[0]["energy_change_pct"] == 0
    assert isinstance(rows[0]["batch_size"], int)
    assert {(row["synthetic"], row["predicted"], row["survivors_only"]) for row in rows} == {(True, False, False)}
    assert result.stderr == ""


def test_jobs_may_be_several(run, tmp_path):
    """All their rows lie in one table, and each has a picture."""
    result = run(*QUICK, "--job", "cifar100", "--out", "both")
    assert result.exit_code == 0
    assert len(list((tmp_path / "both").glob("*.png"))) == 2
    assert pd.read_parquet(tmp_path / "both" / "results.parquet")["job"].nunique() == 2
    assert result.stdout.count("SYNTHETIC") == 2


@pytest.mark.parametrize("groups", ["bundled", "file"])
def test_submissions_may_overlap(run, tmp_path, groups):
    """Groups come with the bundled traces, or from a file."""
    if groups == "file":
        table = simulator.read_groups(bundled_directory())
        table[table["dataset"] == "squad"].to_csv(tmp_path / "groups.csv", index=False)
        groups = tmp_path / "groups.csv"
    result = run("replay", "-j", "squad", "-p", "gts", "--seeds", "3", "--groups", groups, "--no-plots")
    assert result.exit_code == 0, result.stderr
    assert "group" in pd.read_parquet(tmp_path / "results" / "results.parquet").columns


def test_seeds_that_do_not_get_through_are_counted_and_explained(run, tmp_path):
    """A column says how many, a line below says why, and the others' numbers stay."""
    words = ("replay", "-j", "librispeech", "--seeds", "0:8", "-p", "gts", "--no-plots")
    result = run(*words)
    failed = json.loads((tmp_path / "results" / "manifest.json").read_text())["failures"]
    assert result.exit_code == 0
    assert 0 < len(failed) < 8, "choose seeds of which some fail"
    assert f"{8 - len(failed)}/8" in result.stdout
    assert result.stdout.count("Did not get through: gts, seed") == 1
    assert "GaussianTS" not in result.stdout  # the user typed gts
    assert failed[0]["error"] not in result.stdout  # the whole reason stands in the manifest
    (row,) = (line for line in result.stdout.splitlines() if line.startswith("gts"))
    assert row.split()[1] == "–"
    assert row.split()[2].endswith("*")
    assert "\n* Mean of the seeds that got through" in result.stdout
    raised = run(*words, "--on-failure", "raise")
    assert raised.exit_code == 2
    assert raised.stderr.startswith("error: Job(librispeech")


def test_when_nothing_gets_through_that_is_an_error(run):
    """A table of dashes is no success; policies with the same reason share a line."""
    result = run(*QUICK, "-p", "default", "--max-epochs", "1", "--no-plots")
    assert result.exit_code == 2
    assert result.stdout.count("Did not get through: default+full, seed 0, 1; default, seed 0, 1") == 1
    assert "not one replay went through" in result.stderr
    table, _, _ = result.stdout.partition("\nDid not get through")
    assert table.splitlines()[-2].startswith("default ")  # no legend below it, which would explain dashes


def test_a_legend_explains_what_the_table_shows(run):
    """No star where who lost seeds lost all of them, and no comparison with a baseline that did not get through."""
    result = run("replay", "-j", "librispeech", "--seeds", "1", "-p", "default+full", "-p", "gts", "--no-plots")
    assert "Did not get through: gts, seed 1." in result.stdout, "choose a seed that fails"
    assert "*" not in result.stdout
    assert "Δ: against default+full." in result.stdout
    words = ("--max-epochs", "20", "--default-bs", "4096", "--seeds", "0", "--no-plots")
    result = run("replay", "-j", "cifar100", "-p", "default+full", "-p", "oracle", *words)
    assert "Did not get through: default+full, seed 0." in result.stdout, "choose a default that fails"
    assert "Δ: unknown without default+full." in result.stdout


def test_jobs_of_other_traces_are_described_by_options(run, tmp_path):
    """Traces without trace.json work, and their results are not called synthetic."""
    for name in ("train", "power_v100"):
        source = bundled_directory() / f"{name}.csv"
        (tmp_path / source.name).write_bytes(source.read_bytes())
    words = ("--traces", tmp_path, "--target-metric", "84.5", "--max-epochs", "9", "--default-bs", "16")
    result = run(*QUICK, *words, "--default-lr", "0.1", "--no-plots", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["job"] == "Job(squad,bert_base_uncased,adamw,84.5,bs16~9)"
    assert "SYNTHETIC" not in run(*QUICK, *words, "--no-plots").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--eta", "2"), "--eta is 2.0"),
        (("--beta", "1"), "--beta is 1.0"),
        (("--beta", "nan"), "--beta is nan"),
        (("--default-lr", "-1"), "--default-lr: -1.0 is not"),
        (("--default-lr", "nan"), "--default-lr: nan is no finite number"),
        (("--target-metric", "inf"), "--target-metric: inf is no finite number"),
        (("--recurrences", "0"), "--recurrences"),
        (("--recurrences", "3", "--groups", "bundled"), "--recurrences and --groups exclude each other"),
        (("--traces", "nowhere"), "no directory nowhere"),
        (("--groups", "nowhere"), "--groups nowhere: there is no such file"),
        (("--default-bs", "33"), "33"),
        (("--window", "5"), "has a window"),
    ],
)
def test_impossible_wishes_are_refused(run, words, message):
    """One message, exit code 2, no traceback."""
    result = run(*QUICK[:-2], "-p", "default", *words) if "--recurrences" not in words else run("replay", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unusable_folder_is_found_before_the_replays(run, tmp_path, monkeypatch):
    """Nobody waits for a replay whose results cannot be kept."""
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setattr(simulator, "replay", lambda *_, **__: pytest.fail("replayed in vain"))
    for folder in ("taken", "taken/below", "/proc/below"):
        result = run(*QUICK, "--out", folder)
        assert result.exit_code == 2
        assert f"error: --out {folder}: " in result.stderr
        assert "name a folder" in result.stderr
    assert (tmp_path / "taken").read_text() == "a file"


def test_a_second_replay_leaves_nothing_of_the_first(run, tmp_path):
    """A picture of another job beside a manifest that does not know it would be taken for a result; notes stay."""
    words = ("replay", "--seeds", "0", "--recurrences", "2", "-p", "default+full")
    assert run(*words, "-j", "squad").exit_code == 0
    (tmp_path / "results" / "notes.png").write_text("mine")
    assert run(*words, "-j", "cifar100").exit_code == 0
    left = {file.name for file in (tmp_path / "results").iterdir()}
    assert {name for name in left if name.endswith(".png")} == {
        "notes.png",
        "cifar100-shufflenetv2-adadelta-0.6-bs1024-100-v100.png",
    }
    manifest = json.loads((tmp_path / "results" / "manifest.json").read_text())
    assert left == {"notes.png", *manifest["files"]}


def test_the_table_is_led_by_what_is_optimised(run):
    """With η other than a half, energy alone would mislead: the cost stands first, and the legend says which."""
    result = run(*QUICK, "-p", "gts", "--eta", "0.2", "--no-plots")
    heading = result.stdout.splitlines()[1].split()
    assert heading[:2] == ["cost", "energy"]
    assert "Cost: η × energy + (1 − η) × MAXPOWER × time, η = 0.2." in result.stdout


def test_a_narrow_terminal_keeps_names_and_costs_whole(run, monkeypatch):
    """Columns go, the least important ones first; names and numbers are never cut, piped or not."""
    monkeypatch.setenv("COLUMNS", "48")
    result = run(*QUICK, "-p", "successive-halving", "--no-plots")
    (row,) = (line for line in result.stdout.splitlines() if line.startswith("successive-halving"))
    assert row.split()[1].endswith("%")
    assert "…" not in result.stdout
    assert "runs" not in result.stdout.splitlines()[3]
    assert max(map(len, result.stdout.splitlines())) <= 48


@pytest.mark.parametrize(("words", "lines"), [((), 6), (("--all-lines",), 8)])
def test_pictures_have_six_lines_unless_asked_for_all(run, monkeypatch, words, lines):
    """Eleven lines are a tangle."""
    from simulator import plot

    asked = {}
    monkeypatch.setattr(plot, "save_plots", lambda *_, **options: asked.update(options) or [])
    policies = ("default", "gts", "pruning-gts", "grid", "ucb", "random", "oracle")
    assert run(*QUICK, *(part for name in policies for part in ("-p", name)), *words).exit_code == 0
    assert asked["lines"] == lines


def test_every_option_has_a_default_that_works():
    """No option is required: `simulator replay` alone replays what comes with the package."""
    assert not any(option.required for option in command.params)


def test_a_results_folder_holds_the_yardstick_of_regret(run, tmp_path):
    """What every recorded configuration costs at the replay's η lies beside the runs: nobody needs the traces again."""
    assert run(*QUICK, "--eta", "0.7", "--no-plots").exit_code == 0
    folder = tmp_path / "results"
    recorded = pd.read_parquet(folder / "configurations.parquet")
    traces = simulator.read_traces(gpu="v100")
    (job,) = (job for job in traces.jobs if job.dataset == "squad")
    expected = simulator.compare.every_configuration(job, traces, eta=0.7)
    pd.testing.assert_frame_equal(recorded, expected, check_dtype=False, check_exact=True)
    found = simulator.compare.regret(pd.read_parquet(folder / "results.parquet"), recorded)
    assert set(found["best_cost"]) == {expected["cost"].min()}
