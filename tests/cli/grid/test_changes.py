"""``simulator grid cancel``, ``retry`` and ``clear``: what is destructive is only said, until ``--yes``."""

from __future__ import annotations

import json

import pytest
from small_sweeps import FAILING, TRAIN


@pytest.fixture
def counts(run):
    """A function that counts the cells by state."""

    def count():
        said = json.loads(run("grid", "status", "--json").stdout)
        return {state: said[state] for state in ("pending", "done", "failed", "cancelled") if said[state]}

    return count


def test_cancelling_is_only_said_until_yes(ran, run, counts):
    """Results are kept, and what has one is not cancelled."""
    ran(TRAIN, "0:2")
    assert "would cancel 16 cells; say --yes" in run("grid", "cancel").stdout
    assert counts() == {"pending": 16, "done": 8}
    assert "8 cells cancelled" in run("grid", "cancel", "hasty", "--yes").stdout
    assert counts() == {"pending": 8, "done": 8, "cancelled": 8}
    assert "no cell is left to be run among these" in run("grid", "cancel", "0:2", "--yes").stdout


def test_cancelled_cells_do_not_run_until_they_are_retried(ran, run, counts):
    """A user said so."""
    ran(TRAIN, "0:2")
    run("grid", "cancel", "hasty", "--yes")
    assert ran().exit_code == 0
    assert counts() == {"done": 16, "cancelled": 8}
    assert "8 cells to be run again" in run("grid", "retry", "hasty").stdout
    ran()
    assert counts() == {"done": 24}


def test_retry_is_about_what_failed(ran, run, counts):
    """Without patterns about nothing else."""
    ran(FAILING)
    assert "2 cells to be run again; they run when the plan is run again" in run("grid", "retry").stdout
    assert counts() == {"pending": 2, "done": 22}
    assert "no cell is failed or blocked" in run("grid", "retry").stdout


def test_clearing_is_only_said_until_yes(ran, run, counts, tmp_path):
    """Then the cells run again from nothing, without what they left in folders of their own."""
    keeping = TRAIN.replace("        share =", "        (self.jobpath / 'left').write_text('x')\n        share =")
    ran(keeping)
    folders = tmp_path / "sweeps" / "jobs"
    assert len(list(folders.iterdir())) == 24
    said = run("grid", "clear", "0:2").stdout
    assert "would forget 8 results of 8 cells, and remove 8 folders of theirs; say --yes" in said
    assert counts() == {"done": 24}
    assert "forgot 8 results of 8 cells, and removed 8 folders" in run("grid", "clear", "0:2", "--yes").stdout
    assert counts() == {"pending": 8, "done": 16}
    assert len(list(folders.iterdir())) == 16
    assert "8 ran now" in ran(keeping).stderr


def test_audits_find_all_the_same(ran, run):
    """And say how many they looked at."""
    ran()
    result = run("grid", "audit", "--share", "0.25")
    assert (result.exit_code, result.stdout) == (0, "6 of 24 finished cells run again: all the same, to the bit\n")


def test_an_audit_that_finds_a_difference_is_exit_code_1(ran, run, monkeypatch):
    """With what is kept and what came out."""
    ran(TRAIN.replace("luck = 1000.0", "import os; luck = float(os.environ.get('LUCK', '1000.0'))"))
    monkeypatch.setenv("LUCK", "1001")
    result = run("grid", "audit", "0")
    assert result.exit_code == 1
    assert "4 cells came out otherwise" in result.stdout
    assert "row 0, energy_j: 1000.03 is kept, now 1001.03" in result.stdout
    assert len(json.loads(run("grid", "audit", "0", "--json").stdout)["unequal"]) >= 4
