"""`simulator study`: the other commands one after the other, and a report of all."""

from __future__ import annotations

import contextlib
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from click.testing import CliRunner

from simulator.cli import main, study_steps
from simulator.cli.study_steps import DOCUMENTS, Asked, Step, list_steps
from simulator.errors import NotInTraceError
from simulator.trace.locate import bundled_directory

if TYPE_CHECKING:
    from click.testing import Result

WORDS = ("study", "-j", "squad", "-p", "default+full", "-p", "pruning-gts", "--seeds", "0:2")


def invoke(where: Path, *words: str) -> Result:
    """Run the program in a folder."""
    with contextlib.chdir(where):
        return CliRunner().invoke(main, list(words))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study of one job, and the folder where it ran."""
    where = tmp_path_factory.mktemp("study")
    return where, invoke(where, *WORDS)


def asked(out, **more):
    """What a user asks who says little."""
    usual = {"where": None, "gpu": None, "jobs": (), "policies": (), "seeds": None, "eta": None}
    return Asked(**{**usual, "out": out, **more})


def few(*steps):
    """Steps in place of those of a real study, by name and words."""
    return lambda asked: [Step(name, "?", tuple(words.split()), 1) for name, words in steps]


QUICK = "replay -j squad -p default+full --seeds 0 --recurrences 2 --no-plots --out results"


def test_a_study_ends_by_naming_its_report(made):
    """The last line of stdout is where to look; a screenful stands before it, each title of which says SYNTHETIC."""
    where, result = made
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[-1] == "Report: results/report.html"
    assert "<html" in (where / "results" / "report.html").read_text(encoding="utf-8")
    titles = [line for line in lines if line.startswith(("What", "Least", "Where"))]
    assert titles == [
        "What policies save on v100 – SYNTHETIC traces",
        "Least energy, at most 10 % slower than the fastest – SYNTHETIC traces",
        "Where the data drift on v100 – SYNTHETIC traces",
    ]
    assert any(line.startswith("sentiment140-drift") for line in lines)
    assert len(lines) < 40


def test_every_step_leaves_its_own_folder(made):
    """Runs of the replay in the folder itself, and each other step in one of its name, with a document that says so."""
    where, _ = made
    folder = where / "results"
    assert json.loads((folder / "manifest.json").read_text())["format"] == "trace-simulator replay 1"
    for name, (document, form) in DOCUMENTS.items():
        assert json.loads((folder / name / document).read_text())["format"] == form
    assert pd.read_parquet(folder / "drift" / "results.parquet")["recurrence"].max() == 37
    assert "group" in pd.read_parquet(folder / "groups" / "results.parquet").columns


def test_each_step_says_the_command_that_does_the_same(made, tmp_path):
    """On stderr, numbered, as one would type it; typed by itself, it writes the same table."""
    where, result = made
    said = " ".join(result.stderr.split())
    named = {"jobs": ("squad",), "policies": ("default+full", "pruning-gts"), "seeds": "0:2"}
    steps = list_steps(asked(Path("results"), **named))
    for at, step in enumerate(steps):
        assert f"{at + 1}/{len(steps)} {step.asks} {step.command}" in said
    (transfer,) = (step for step in steps if step.name == "transfer")
    assert invoke(tmp_path, *shlex.split(transfer.command)[1:]).exit_code == 0
    alone, part = (pd.read_parquet(at / "results" / "transfer" / "transfer.parquet") for at in (tmp_path, where))
    pd.testing.assert_frame_equal(alone, part)


def test_the_report_is_about_what_the_steps_found(made):
    """Nothing of a study is missing from it: what it lacks is what a study does not do, prices and sweeps."""
    where, _ = made
    found = json.loads(invoke(where, "report", "results", "--json", "-q").stdout)
    assert not found["problems"]
    assert set(found["missing"]) <= {"price", "sweeps"}
    assert {"verdicts", "regret", "exploration", "sensitivity", "drift", "timeline", "transfer"} <= set(
        found["sections"]
    )


def test_bundled_traces_have_every_step(tmp_path):
    """Several GPUs, groups, and a drift of their own; today's practice is compared with."""
    steps = {step.name: step.words for step in list_steps(asked(tmp_path))}
    assert list(steps) == ["replay", *DOCUMENTS, "report"]
    assert steps["comparison"][:3] == ("compare", "--policy", "default+full")
    assert steps["drift"][1:3] == ("--traces", "drift")
    assert steps["groups"][-4:-2] == ("bundled", "--no-plots")


def test_what_traces_cannot_answer_is_not_asked(tmp_path):
    """Traces of one GPU that do not drift: no transfer, no groups, no drift."""
    bundled = bundled_directory()
    for name in ("train.csv", "power_a40.csv", "trace.json"):
        (tmp_path / name).write_bytes((bundled / name).read_bytes())
    steps = [step.name for step in list_steps(asked(tmp_path / "out", where=str(tmp_path)))]
    assert steps == ["replay", "comparison", "front", "sensitivity", "report"]


def test_traces_that_drift_are_their_own_drift(tmp_path):
    """The drift is that of the traces given, and not the bundled one."""
    steps = {step.name: step.words for step in list_steps(asked(tmp_path, where="drift"))}
    assert "groups" not in steps
    assert steps["drift"][1:3] == ("--traces", "drift")
    assert "pruning-gts:window_size=10" in steps["drift"]


def test_what_is_asked_for_is_asked_of_every_step(tmp_path):
    """Jobs, GPU, policies, seeds and η go along wherever a step knows them; replays have today's practice, too."""
    more = {"gpu": "a40", "jobs": ("squad",), "policies": ("ucb",), "seeds": "0:3", "eta": 0.25}
    steps = {step.name: step.command for step in list_steps(asked(tmp_path, **more))}
    report = steps.pop("report")
    assert report == f"simulator report {tmp_path} --out {tmp_path}/report.html"
    for name, command in steps.items():
        assert ("--job squad" in command) == (name != "drift"), name
        assert ("--gpu a40" in command) == (name not in ("transfer", "drift")), name
        assert ("--eta 0.25" in command) == (name != "front"), name
        assert ("--seeds 0:3" in command) == (name not in ("front", "transfer")), name
        assert ("--policy ucb" in command) == (name not in ("front", "transfer")), name
    for name in ("replay", "comparison", "groups", "drift"):
        assert "--policy default+full --policy ucb" in steps[name]
    two = {step.name: step.command for step in list_steps(asked(tmp_path, policies=("gts", "ucb")))}
    assert "default+full" not in two["comparison"]
    alone = [step.name for step in list_steps(asked(tmp_path, policies=("default+full",)))]
    assert "comparison" not in alone


def test_what_does_not_exist_is_refused_before_the_first_step(tmp_path):
    """Traces, a GPU or a job that are not there: exit code 2, and no folder."""
    with pytest.raises(NotInTraceError, match="v10"):
        list_steps(asked(tmp_path, gpu="v10"))
    for words in (("--traces", "nowhere"), ("-j", "skwad"), ("--seeds", "a")):
        result = invoke(tmp_path, "study", *words)
        assert result.exit_code == 2
        assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_fails_is_said_and_the_others_go_on(tmp_path, monkeypatch):
    """The exit code says that not all went well; the report shows what there is, and nothing stale."""
    monkeypatch.setattr(study_steps, "list_steps", few(
        ("replay", QUICK), ("front", "front -j squad --slowdown 10 --out results/front"),
        ("transfer", "transfer -j squad --eta 7 --out results/transfer"), ("report", "report results"),
    ))  # fmt: skip
    assert invoke(tmp_path, "transfer", "-j", "squad", "--out", "results/transfer").exit_code == 0
    result = invoke(tmp_path, "study")
    assert result.exit_code == 1
    said = " ".join(result.stderr.split())
    assert "step 3 of 4, transfer, failed: eta is 7.0" in said
    assert "transfer: failed, as said above; everything else is in results" in said
    assert (tmp_path / "results" / "front" / "front.json").is_file()
    assert not (tmp_path / "results" / "transfer").exists()
    assert "Report: results/report.html" in result.stdout


def test_a_first_step_that_fails_ends_the_study(tmp_path, monkeypatch):
    """Nothing that follows would fare better."""
    monkeypatch.setattr(study_steps, "list_steps", few(("replay", QUICK + " --eta 7"), ("front", "front")))
    result = invoke(tmp_path, "study")
    assert result.exit_code == 2
    assert "error: --eta is 7.0" in result.stderr
    assert result.stderr.count("eta is 7.0") == 1
    assert not (tmp_path / "front").exists()


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_who_interrupts_is_told_what_is_done(tmp_path, monkeypatch, raised, code):
    """Ctrl-C and SIGTERM keep their exit codes; the step is named, and what was written before it is whole."""

    def interrupted(**options):
        raise raised

    monkeypatch.setattr(study_steps, "list_steps", few(("replay", QUICK), ("front", "front"), ("report", "report")))
    monkeypatch.setattr(main.commands["front"], "callback", interrupted)
    result = invoke(tmp_path, "study")
    assert result.exit_code == code
    assert "step 2 of 3, front, did not end; done, and whole in results: replay" in result.stderr
    assert len(pd.read_parquet(tmp_path / "results" / "results.parquet")) == 2
    assert not (tmp_path / "results" / "report.html").exists()


def test_programs_get_one_object(tmp_path, monkeypatch):
    """Folder, report, and the seconds of each step, with its command; nothing else on stdout, nothing on stderr."""
    monkeypatch.setattr(study_steps, "list_steps", few(("replay", QUICK), ("report", "report results")))
    result = invoke(tmp_path, "study", "--json", "-q")
    found = json.loads(result.stdout)
    assert (found["folder"], found["report"]) == ("results", "results/report.html")
    assert [step["name"] for step in found["steps"]] == ["replay", "report"]
    assert found["steps"][0]["command"] == f"simulator {QUICK}"
    assert all(step["seconds"] > 0 for step in found["steps"])
    assert found["failed"] == []
    assert result.stderr == ""


def test_steps_of_an_earlier_study_do_not_get_into_the_report(tmp_path, monkeypatch):
    """What this study does not have is deleted, if it is ours; foreign files stay."""
    monkeypatch.setattr(study_steps, "list_steps", few(("replay", QUICK)))
    results = tmp_path / "results"
    invoke(tmp_path, *QUICK.replace("--out results", "--out results/groups").split())
    invoke(tmp_path, *QUICK.replace("--out results", "--out results/drift").split())
    (results / "drift" / "notes.txt").write_text("mine")
    (results / "front").mkdir()
    (results / "front" / "front.json").write_text("{}")
    assert invoke(tmp_path, "study").exit_code == 0
    assert not (results / "groups").exists()
    assert [file.name for file in (results / "drift").iterdir()] == ["notes.txt"]
    assert (results / "front" / "front.json").read_text() == "{}"


def test_a_bar_of_a_step_shows_how_far_all_is(monkeypatch):
    """A quarter of the third step, which is worth 4 of 20 and comes after 10: 55 % of all; quiet if the study is."""
    from io import StringIO

    from rich.console import Console

    from simulator.cli import terminal
    from simulator.cli.progress import Share, progress, sharing

    for quiet in (False, True):
        text = StringIO()
        monkeypatch.setattr(terminal, "can_move", lambda **_: True)
        monkeypatch.setattr(
            terminal, "console", lambda text=text, **_: Console(file=text, force_terminal=True, width=80)
        )
        with sharing(Share("3/5 front", 10.0, 4.0, 20.0, quiet)), progress(8, quiet=True) as tell:
            tell(2, "replays")
        assert ("3/5 front: replays" in text.getvalue()) == (not quiet)
        assert ("55%" in text.getvalue()) == (not quiet)
