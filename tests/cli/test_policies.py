"""`simulator policies`: who there is, and what can be said to them."""

from __future__ import annotations

import json

import pytest

from simulator.policy import create, create_power

#: Values for options that have no default.
VALUES = {"power_limit_w=...": "power_limit_w=100"}


@pytest.fixture
def listed(run):
    """All policies, as programs see them."""
    return [json.loads(line) for line in run("policies", "--json").stdout.splitlines()]


def test_options_stand_as_they_are_typed(listed):
    """Every policy can be made with the options that are listed for it, word for word."""
    for row in listed:
        spec = ",".join(VALUES.get(option, option) for option in row["options"])
        make = create if row["chooses"] == "batch size" else create_power
        assert make(f"{row['policy']}:{spec}").name


def test_options_are_shown_with_their_defaults(run, listed):
    """To people as to programs; those that a replay sets by itself are not among them."""
    rows = run("policies").stdout.splitlines()
    assert rows[0].split() == ["policy", "chooses", "options", "description"]
    (gts,) = (row for row in rows if row.startswith("gts "))
    assert "num_exploration=2, prior_mean=0.0, prior_precision=0.0" in gts
    assert {row["policy"]: row["options"] for row in listed}["fixed"] == ["power_limit_w=..."]
    assert not any(option.startswith(("seed", "verbose", "concurrency")) for row in listed for option in row["options"])


def test_no_word_is_cut_where_the_terminal_is_narrow(run, monkeypatch):
    """A table is rather too wide."""
    monkeypatch.setenv("COLUMNS", "60")
    shown = run("policies").stdout.split()
    assert {"exploration", "survivors.", "bandit", "prior_precision=0.0,"} <= set(shown)
