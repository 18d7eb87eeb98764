"""`simulator trace validate`: all that is wrong, at once."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from simulator.trace.locate import bundled_directory


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundled traces, to be damaged."""
    there = tmp_path / "traces"
    there.mkdir()
    for file in bundled_directory().glob("*.csv"):
        (there / file.name).write_bytes(file.read_bytes())
    return there


def test_sound_traces_pass_with_their_warnings(run):
    """Warnings ask for a look; they are no failure."""
    result = run("trace", "validate")
    assert result.exit_code == 0
    assert "train.csv: 0 errors" in result.stdout
    assert "above power_limit" in result.stdout


def test_everything_wrong_is_said_at_once(run, folder):
    """A damaged file, a misnamed column and a negative time: three files, one report, exit code 2."""
    (folder / "power_a40.csv").write_bytes(b"\x00\x01binary")
    train = (folder / "train.csv").read_text()
    (folder / "train.csv").write_text(train.replace("target_epoch", "target_epochs", 1))
    power = (folder / "power_v100.csv").read_text().splitlines()
    cells = power[1].split(",")
    cells[power[0].split(",").index("time_per_epoch")] = "-1"
    (folder / "power_v100.csv").write_text("\n".join([power[0], ",".join(cells), *power[2:]]) + "\n")

    result = run("trace", "validate", folder)
    assert result.exit_code == 2
    assert "binary" in result.stdout
    assert "target_epochs" in result.stdout
    assert "time_per_epoch, row 0" in result.stdout
    rows = [json.loads(line) for line in run("trace", "validate", folder, "--json").stdout.splitlines()]
    errors = {(row["file"], row["column"]) for row in rows if row["severity"] == "error"}
    assert errors >= {("power_a40.csv", ""), ("train.csv", "target_epoch"), ("power_v100.csv", "time_per_epoch")}
    assert [row["rows"] for row in rows if row["column"] == "time_per_epoch"] == [[0]]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("target_metric", 84.00000001, "a40, p100, rtx6000, v100: no row of squad.* the nearest is 84.0"),
        ("default_bs", 33, "a40, v100: nothing is recorded at batch size 33; .* the nearest is 32"),
        ("optimizer", "AdamW", "a40, p100, rtx6000, v100: no row of squad.* has 'AdamW'; there is 'adamw'"),
        ("max_epochs", 0, "'max_epochs' is 0, but must be 1 or above"),
    ],
)
def test_jobs_that_the_tables_do_not_hold_are_errors(run, folder, key, value, says):
    """A job of trace.json that no GPU, or one, holds: said once, with the GPUs and the nearest that exists."""
    about = json.loads((bundled_directory() / "trace.json").read_text())
    (squad,) = [job for job in about["jobs"] if job["dataset"] == "squad"]
    squad[key] = value
    (folder / "trace.json").write_text(json.dumps(about))
    result = run("trace", "validate", folder)
    assert result.exit_code == 2
    assert re.search(says, result.stdout)
    rows = [json.loads(line) for line in run("trace", "validate", folder, "--json").stdout.splitlines()]
    assert {row["file"] for row in rows if row["severity"] == "error"} == {"trace.json"}


def test_a_missing_column_is_not_said_of_every_job(run, folder):
    """Where a table cannot be searched, nothing is known of its jobs: the table's own error is enough."""
    (folder / "trace.json").write_bytes((bundled_directory() / "trace.json").read_bytes())
    (folder / "train.csv").write_text((folder / "train.csv").read_text().replace("target_epoch", "when", 1))
    (folder / "power_a40.csv").write_bytes(b"\x00\x01binary")
    rows = [json.loads(line) for line in run("trace", "validate", folder, "--json").stdout.splitlines()]
    assert sorted(row["file"] for row in rows if row["severity"] == "error") == ["power_a40.csv", "train.csv"]


def test_what_may_be_cut_and_what_was_kept_are_said(run, folder):
    """No newline at the end is a warning; an index that to_csv kept in two tables is an error with the way out."""
    power = folder / "power_a40.csv"
    power.write_text(power.read_text().rstrip())
    text = run("trace", "validate", folder).stdout
    assert "no newline at its end; if the file was cut short, its last cell is wrong" in text
    for name in ("train.csv", "power_v100.csv"):
        pd.read_csv(folder / name).to_csv(folder / name)
    result = run("trace", "validate", folder)
    assert result.exit_code == 2
    assert "power, Unnamed: 0: also in the train trace" in result.stdout
    assert "to_csv(index=False)" in result.stdout


def test_a_directory_without_traces_is_refused(run, tmp_path):
    """There is nothing to validate."""
    result = run("trace", "validate", tmp_path)
    assert result.exit_code == 2
    assert "train" in result.stderr
