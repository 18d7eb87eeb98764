"""``simulator grid table`` and ``export``."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from small_sweeps import FAILING, HISTORIES, TRAIN


def test_the_first_word_may_be_the_grid(ran, run):
    """Or its file, or none if there is only one."""
    ran()
    shown = {run("grid", "table", *words).stdout for words in ([], ["plan"], ["plan.py"], ["--name", "plan"])}
    assert len(shown) == 1


def test_negated_patterns_leave_rows_out(ran, run):
    """'!hasty' is all the others."""
    ran()
    assert "hasty" not in run("grid", "table", "!hasty").stdout
    assert "hasty" in run("grid", "table", "hasty").stdout


def indices(result) -> list[int]:
    """Which rows a table shows."""
    return [int(line.split()[0]) for line in result.stdout.splitlines() if line.split()[0].isdigit()]


@pytest.mark.parametrize(
    ("pattern", "rows"),
    [
        ("policy=default", [0, 1]),  # a default, which names leave out
        ("default", [0, 1]),
        ("!policy=default", [2, 3, 4, 5]),
        ("eta=0.7", [1, 3, 5]),
        ("policy=th", [2, 3]),
        ("eta=0.3_policy=hasty", [4]),
        ("*sty", [4, 5]),
    ],
)
def test_patterns_find_what_the_table_shows(ran, run, pattern, rows):
    """Fields and values of its columns, beside names."""
    ran()
    assert indices(run("grid", "table", pattern)) == rows


def test_a_value_is_not_the_beginning_of_another(ran, run):
    """Nor is a field the end of another's name."""
    ran(TRAIN.replace("eta: float", "beta: float = 0.3\n    eta: float").replace("[0.3, 0.7]", "[0.3, 0.35]"))
    assert indices(run("grid", "table", "eta=0.3")) == [0, 2, 4]
    assert "no cell is called 'beta=0.3'" in run("grid", "table", "beta=0.3").stderr


def test_what_the_table_shows_is_run_and_cancelled_likewise(ran, run):
    """The words of one command are those of all."""
    assert "16 pending, 8 done" in ran(TRAIN, "policy=default").stderr
    assert "8 cells cancelled" in run("grid", "cancel", "policy=hasty", "--yes").stdout
    assert "to be run again" in run("grid", "retry", "policy=hasty").stdout


def test_what_depends_on_who_ran_it_is_shown_when_asked_for(ran, run):
    """Errors, too."""
    ran(FAILING)
    assert "attempts" not in run("grid", "table").stdout
    meta = run("grid", "table", "--meta").stdout
    assert "attempts" in meta
    assert "ValueError: diverged" in meta


def test_histories_are_trimmed(ran, run):
    """To the length of a row, or of the shortest."""
    ran(HISTORIES)
    whole, trimmed = run("grid", "table").stdout, run("grid", "table", "--trim-last").stdout
    assert trimmed == run("grid", "table", "--trim", 0).stdout != whole
    assert run("grid", "table", "--trim", 0, "--trim-last").exit_code == 2
    assert "--trim is 9" in run("grid", "table", "--trim", 9).stderr


def test_a_plan_that_cannot_be_loaded_any_more_costs_its_hooks_only(ran, run, tmp_path):
    """Results are there; the usual columns show them."""
    ran(HISTORIES)
    copy = tmp_path / "sweeps" / "grids" / "plan" / "plan.py"
    copy.write_text(copy.read_text() + "\nimport nowhere_to_be_found\n")
    result = run("grid", "table")
    assert result.exit_code == 0
    assert "without the hooks of its plan" in result.stderr
    assert "test.loss" in result.stdout


def test_the_table_is_written_as_it_is_shown(ran, run, tmp_path):
    """In the format that the name ends like."""
    ran()
    assert run("grid", "table", "--export", "t.tex").exit_code == 0
    assert r"\toprule" in (tmp_path / "t.tex").read_text()
    run("grid", "export", "t.csv", "hasty")
    assert pd.read_csv(tmp_path / "t.csv")["policy"].tolist() == ["hasty", "hasty"]
    refused = run("grid", "export", "t.docx")
    assert refused.exit_code == 2
    assert "end it in .csv" in refused.stderr


def test_watching_ends_when_nothing_is_left_to_be_run(ran, run):
    """And the table stays."""
    ran()
    assert run("grid", "table", "--watch", "0.1").stdout.count("thrifty") >= 2


def test_programs_read_json_lines(ran, run):
    """A row a line, null where nothing is known."""
    ran(FAILING, "0:2")
    rows = [json.loads(line) for line in run("grid", "table", "--json").stdout.splitlines()]
    assert [row["energy_j"] is None for row in rows] == [False, False, True, True, True, True]


def test_the_identifier_of_a_row_is_taken_by_commands(ran, run):
    """It is the one that tables show: it means all cells of the row."""
    ran()
    row_id = json.loads(run("grid", "table", "--meta", "--json").stdout.splitlines()[2])["row_id"]
    (line,) = run("grid", "table", row_id[:20], "--json").stdout.splitlines()
    assert (json.loads(line)["index"], json.loads(line)["cells"]) == (2, 4)
    assert "row 2 of plan, one of 4 cells" in run("grid", "explain", row_id[:20]).stdout
    assert run("grid", "log", row_id).stdout == "training thrifty 0\n"
