"""`simulator serve export`, and what is done with it next."""

from __future__ import annotations

import json

import pytest

IMPORT = (
    "serve",
    "import",
    "a/b",
    "--traces",
    "bundled",
    "--gpu",
    "v100",
    "--register",
    "--job",
    "squad",
    "--seed",
    "3",
)


@pytest.fixture
def jobs(run, tmp_path):
    """A folder of data with a job that has lived a little."""
    result = run(*IMPORT, "--recurrences", "12", "--power-policy", "jit", "--data", "data")
    assert result.exit_code == 0, result.stderr
    return tmp_path / "data"


def test_a_live_job_is_exported_validated_and_replayed(run, tmp_path, jobs):
    """By the commands that the help names; the folder is called as the job, as far as a folder can be."""
    exported = run("serve", "export", "a/b", "--data", jobs)
    assert exported.exit_code == 0, exported.stderr
    assert exported.stdout == "12 trials of a/b, 12 of which reached the target\n"
    assert "Note: power limits that were not tried [W]: 100, 125" in exported.stderr
    assert "Next: simulator replay --traces a-b" in exported.stderr
    assert run("trace", "validate", "a-b").exit_code == 0
    replayed = run(
        "replay",
        "--traces",
        "a-b",
        "--seeds",
        "0:2",
        "--recurrences",
        "3",
        "--no-plots",
        "-p",
        "default+full",
        "--json",
        "-q",
    )
    assert replayed.exit_code == 0, replayed.stderr
    assert json.loads(replayed.stdout.splitlines()[0])["policy"] == "default+full"


def test_quiet_says_one_line(run, tmp_path, jobs):
    """And the folder may be named."""
    result = run("serve", "export", "a/b", "--data", jobs, "-o", "here", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(list((tmp_path / "here").iterdir())) == 7


def test_what_cannot_be_exported_is_an_error(run, tmp_path, jobs):
    """An unknown job, a service that is not said clearly, a folder that is none; nothing is written."""
    (tmp_path / "file").write_text("")
    for words, said in {
        ("nobody", "--data", jobs): "no job is called 'nobody'; register it first; `simulator serve jobs` lists those",
        ("a/b", "--data", tmp_path / "file"): "file",
        ("a/b", "--data", jobs, "--out", "file"): "name a folder that can be made",
        ("a/b", "--data", jobs, "--url", "http://127.0.0.1:9"): "--url says which service is meant",
        ("a/b", "--data", jobs, "--token-file", "tokens"): "--token-file goes with --url",
        ("a/b", "--data", tmp_path / "new"): "is made by `simulator serve`, or `simulator serve migrate`",
        ("a/b", "--database", "mysql://x/y"): "is no database that the service knows",
        ("a/b", "--url", "ftp://x"): "is no address of a service",
    }.items():
        result = run("serve", "export", *words)
        assert result.exit_code == 2, words
        assert said in result.stderr
        assert "Traceback" not in result.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["data", "file"]


def test_a_replay_is_rehearsed_on_the_command_line(run):
    """`--engine service` prints what `--engine event` does."""
    words = (
        "replay",
        "--job",
        "squad",
        "--seeds",
        "0:2",
        "--recurrences",
        "4",
        "-p",
        "pruning-gts",
        "--no-plots",
        "--json",
        "-q",
    )
    event, service = (run(*words, "--engine", engine) for engine in ("event", "service"))
    assert service.exit_code == 0, service.stderr
    assert service.stdout == event.stdout
    unknown = run(*words, "--engine", "sevice")
    assert unknown.exit_code == 2
    assert "--engine is 'sevice'; it is one of 'auto', 'event', 'vectorized', 'service'" in unknown.stderr
