"""Summaries: numbers that can be checked by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from simulator.compare import summarize
from simulator.job import Job

JOB = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)


def test_means_of_recurrences_and_change_against_the_default(two_policies):
    """Energy, time and cost are means over recurrences and seeds; the change is relative to default+full."""
    full, thrifty = summarize(two_policies).to_dict("records")
    assert full["policy"] == "default+full"
    assert full["energy_j"] == 101
    assert full["energy_change_pct"] == 0
    expected = (100 + 150 + 4 * 51) / 6
    assert thrifty["energy_j"] == pytest.approx(expected)
    assert thrifty["time_s"] == pytest.approx(2 * expected)
    assert thrifty["cost"] == pytest.approx(10 * expected)
    for name in ("energy", "time", "cost"):
        assert thrifty[f"{name}_change_pct"] == pytest.approx(100 * (expected / 101 - 1))


def test_late_is_the_median_of_the_last_recurrences(two_policies):
    """What a policy has settled on: the last five recurrences of all seeds, failed tries included."""
    _, thrifty = summarize(two_policies).to_dict("records")
    assert thrifty["late_energy_j"] == 51  # of 150, 150, 150 and four times 50, 51, 52
    assert thrifty["late_time_s"] == 102
    _, thrifty = summarize(two_policies, late=6).to_dict("records")
    assert thrifty["late_energy_j"] == 52  # and 100, 100, 100
    assert thrifty["late_energy_change_pct"] == pytest.approx(100 * (52 / 101 - 1))


def test_runs_and_seeds_are_counted(two_policies):
    """Six recurrences, seven runs, one of which missed the target."""
    _, thrifty = summarize(two_policies).to_dict("records")
    assert thrifty["failed_runs_pct"] == pytest.approx(100 / 7)
    assert (thrifty["recurrences"], thrifty["seeds"], thrifty["failed_seeds"]) == (6, 3, 0)


def test_the_final_choice_is_that_of_most_seeds(make_runs, make_table):
    """The pair of batch size and limit that stands in most last recurrences."""
    ends = {0: 8, 1: 64, 2: 8}
    result = make_table(*(make_runs(1, 1, seed=seed, batch_sizes=[32, end]) for seed, end in ends.items()))
    (row,) = summarize(result).to_dict("records")
    assert (row["batch_size"], row["power_limit_w"]) == (8, 250)


def test_a_policy_that_never_got_through_is_still_a_row(make_runs, make_table):
    """Hiding it would make the others look complete: it has no numbers, and says how many seeds failed."""
    failed = [{"policy": "gts", "job": str(JOB), "gpu": "v100", "seed": seed, "error": "x"} for seed in (0, 1)]
    result = make_table(make_runs(5), make_runs(3, policy="gts"), failures=failed)
    full, gts = summarize(result).to_dict("records")
    assert (full["seeds"], full["failed_seeds"]) == (1, 0)
    assert (gts["policy"], gts["seeds"], gts["failed_seeds"]) == ("gts", 0, 2)
    assert pd.isna(gts["energy_j"])
    assert pd.isna(gts["batch_size"])


def test_nothing_got_through_at_all(make_runs, make_table):
    """The columns are there, and so is the policy."""
    failed = [{"policy": "default+full", "job": str(JOB), "gpu": "v100", "seed": 0, "error": "x"}]
    summary = summarize(make_table(make_runs(5), failures=failed))
    assert summary["failed_seeds"].tolist() == [1]
    assert summary["energy_change_pct"].isna().all()


def test_without_the_baseline_there_is_no_change(two_policies):
    """Nothing to compare with is said as NaN, not as 0."""
    thrifty = two_policies.loc[two_policies["policy"] == "thrifty"]
    assert summarize(thrifty)["energy_change_pct"].isna().all()
    assert summarize(two_policies, baseline="thrifty")["energy_change_pct"].iloc[1] == 0


def test_each_job_and_gpu_has_a_baseline_of_its_own(make_runs, make_table):
    """A saving on one GPU is not measured against another."""
    other = replace(JOB, dataset="cifar")
    cells = [(JOB, "v100", 10), (JOB, "a40", 20), (other, "v100", 40)]
    replays = [
        make_runs(base * share, policy=policy, job=job, gpu=gpu)
        for job, gpu, base in cells
        for policy, share in (("default+full", 1), ("thrifty", 0.5))
    ]
    summary = summarize(make_table(*replays))
    assert len(summary) == 6
    assert summary.loc[summary["policy"] == "thrifty", "energy_change_pct"].tolist() == [-50, -50, -50]


def test_rows_come_in_the_order_of_the_table(make_runs, make_table):
    """Whoever asked for the policies chose their order."""
    replays = [make_runs(1, policy=policy) for policy in ("zeta", "alpha", "default+full")]
    assert summarize(make_table(*replays))["policy"].tolist() == ["zeta", "alpha", "default+full"]


def test_groups_count_as_replays_of_their_own(make_runs, make_table):
    """Late recurrences are the last of each group, and the submissions of all groups count."""
    result = make_table(make_runs(1, 2, 9, group="a"), make_runs(5, 7, group="b"))
    (row,) = summarize(result, late=1).to_dict("records")
    assert row["late_energy_j"] == 8
    assert row["recurrences"] == 5
    assert row["seeds"] == 1
