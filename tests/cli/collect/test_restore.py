"""``simulator collect restore`` says what it found and did."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from simulator.cli.collect.restore import restore
from simulator.collect.limits import Journal, Original


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command; journals are kept in a folder of the test."""
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(restore, words)


@pytest.fixture
def journal(tmp_path):
    """A journal about a GPU that no machine has."""
    (tmp_path / "limits").mkdir()
    journal = Journal.new(tmp_path / "limits", {"GPU-none-such": Original(250_000, persistence=False)})
    journal.write()
    return journal


def test_where_nothing_was_left_it_says_so(run):
    """For programs, no line says it."""
    result = run()
    assert (result.exit_code, result.stdout) == (
        0,
        "Nothing to give back: no collection left a power limit behind.\n",
    )
    result = run("--json")
    assert (result.exit_code, result.stdout) == (0, "")


def test_what_cannot_be_given_back_stays_and_fails(run, journal):
    """With the reason, whether NVML or only the GPU is missing."""
    result = run()
    assert result.exit_code == 2
    assert result.stdout.startswith("GPU-none-such could NOT be set back to 250 W: ")
    assert result.stdout.endswith(f"; kept in {journal.path}\n")
    result = run("--json")
    assert result.exit_code == 2
    line = json.loads(result.stdout)
    assert line.pop("reason")
    assert line == {
        "journal": str(journal.path),
        "outcome": "failed",
        "uuid": "GPU-none-such",
        "limit_mw": 250_000,
        "found_mw": None,
    }
    assert journal.path.exists()


def test_a_torn_journal_is_named_and_kept(run, journal):
    """Somebody must look at it."""
    journal.path.write_text("{")
    result = run()
    assert result.exit_code == 2
    assert f"the journal of power limits {journal.path} cannot be read" in result.stdout
    assert journal.path.exists()


def test_after_another_start_of_the_machine_nothing_is_left_to_do(run, journal):
    """The journal goes, and that is no failure."""
    text = journal.path.read_text().replace(journal.boot_id, "another") if journal.boot_id else ""
    if not text:
        pytest.skip("this system does not name its starts")
    journal.path.write_text(text)
    result = run()
    assert (result.exit_code, journal.path.exists()) == (0, False)
    assert "GPU-none-such lost all limits when the machine started again" in result.stdout
