"""Replays that break off, more than are told in words: all count, the first hundred of a setting are explained."""

from __future__ import annotations

import pytest
from engines import both
from small import JOB, make_traces

#: The default misses its target in one of two recorded runs.
UNSURE = make_traces({8: [4.0, 5.0], 16: [6.0, 90.0], 32: [9.0, 20.0]})


@pytest.mark.parametrize("workers", [1, 2])
def test_sums_explain_the_first_hundred_failures(workers):
    """Either engine tells those of the first hundred seeds that fail, in the same words, and counts all."""
    table = both(
        JOB,
        UNSURE,
        policy="gts",
        seeds=range(1000),
        recurrences=3,
        detail="replays",
        on_failure="keep",
        workers=workers,
    )
    failing = list(table.loc[table["failed"], "seed"])
    assert 110 < len(failing) < 500
    assert [failure["seed"] for failure in table.attrs["failures"]] == failing[:100]
    assert all("first run" in failure["error"] for failure in table.attrs["failures"])


def test_each_setting_has_a_hundred():
    """Two values of a knob: a hundred of either."""
    table = both(
        JOB,
        UNSURE,
        policy="gts",
        seeds=range(1000),
        recurrences=2,
        beta=[1.5, 2.0],
        detail="replays",
        on_failure="keep",
    )
    failing = table.loc[table["failed"]].groupby("beta")["seed"].apply(list)
    told = [failure["seed"] for failure in table.attrs["failures"]]
    assert min(map(len, failing)) > 100
    assert told == [*failing[1.5][:100], *failing[2.0][:100]]


def test_tables_of_runs_explain_all():
    """Where every run is kept, so is every reason."""
    asked = {"policy": "gts", "seeds": range(1000), "recurrences": 3, "on_failure": "keep"}
    told = both(JOB, UNSURE, detail="runs", **asked).attrs["failures"]
    sums = both(JOB, UNSURE, detail="replays", **asked)
    assert [failure["seed"] for failure in told] == list(sums.loc[sums["failed"], "seed"])
    assert told[:100] == sums.attrs["failures"]
    assert len(told) > 100
