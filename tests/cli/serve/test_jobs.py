"""`simulator serve jobs`: where live jobs stand, without a browser."""

from __future__ import annotations

import json

import pytest

IMPORT = ("serve", "import", "--traces", "bundled", "--gpu", "v100", "--register", "--job", "squad", "--seed", "3")


@pytest.fixture
def data(run, tmp_path):
    """A folder of data with two jobs."""
    for job_id, recurrences in (("nightly", 12), ("night/2", 3)):
        result = run(*IMPORT, job_id, "--recurrences", recurrences, "--data", "data")
        assert result.exit_code == 0, result.stderr
    return tmp_path / "data"


def test_jobs_are_listed_for_people_and_programs(run, data):
    """By id, with what their trials came to; a prefix chooses among them."""
    shown = run("serve", "jobs", "--data", data)
    assert shown.exit_code == 0, shown.stderr
    assert [line.split()[0] for line in shown.stdout.splitlines()[2:4]] == ["night/2", "nightly"]
    (row,) = map(json.loads, run("serve", "jobs", "nightl", "--data", data, "--json").stdout.splitlines())
    assert {line.split(": ", 1)[1] for line in shown.stdout.splitlines()[-2:]} == {
        "SYNTHETIC history: 3 of 3 trials",
        "SYNTHETIC history: 12 of 12 trials",
    }
    assert (row["trials"], row["synthetic"], row["predicted"]) == (12, 12, 0)
    assert (row["job"], row["converged"], row["running"], row["stage"]) == ("nightly", 12, 0, "Pruning")
    assert row["energy_j"] > row["lowest_cost_j"] > 0


def test_a_running_server_lists_the_same(run, data, serve):
    """Whoever is asked, server or database."""
    server = serve("--port", "0", "--data", data).wait_until_up()
    there = run("serve", "jobs", "--url", server.url, "--json")
    assert there.exit_code == 0, there.stderr
    assert there.stdout == run("serve", "jobs", "--data", data, "--json").stdout


def test_none_is_said(run, data):
    """In words for people, and with no line for programs."""
    assert run("serve", "jobs", "x", "--data", data).stdout == "no job's id begins with 'x'\n"
    none = run("serve", "jobs", "x", "--data", data, "--json")
    assert (none.exit_code, none.stdout) == (0, "")
