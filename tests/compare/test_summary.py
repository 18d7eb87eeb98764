"""Summaries: numbers that can be checked by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from simulator.compare import combine, summarize
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
    assert thrifty["late_cost"] == 510
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


def test_survivors_are_not_compared(make_runs, make_table):
    """Seeds that break off are the dear ones: what is left looks cheaper than the policy is."""
    failed = [{"policy": "gts", "job": str(JOB), "gpu": "v100", "seed": 1, "error": "x"}]
    replays = [make_runs(4, policy="gts"), make_runs(900, policy="gts", seed=1), make_runs(6, policy="ucb")]
    _, gts, ucb = summarize(make_table(make_runs(8), *replays, failures=failed)).to_dict("records")
    assert (gts["energy_j"], gts["seeds"], gts["failed_seeds"], gts["survivors_only"]) == (4, 1, 1, True)
    assert all(pd.isna(gts[name]) for name in gts if name.endswith("_change_pct"))
    assert (ucb["survivors_only"], ucb["energy_change_pct"]) == (False, -25)


def test_a_baseline_of_survivors_compares_with_nobody(make_runs, make_table):
    """Nor is anybody measured against the lucky half of a baseline."""
    failed = [{"policy": "default+full", "job": str(JOB), "gpu": "v100", "seed": 1, "error": "x"}]
    summary = summarize(make_table(make_runs(8), make_runs(4, policy="gts"), failures=failed))
    assert summary["cost_change_pct"].isna().all()


def test_a_seed_is_lost_if_it_fails_in_any_group(make_runs, make_table):
    """It is not done and failed at once."""
    failed = [{"policy": "default+full", "job": str(JOB), "gpu": "v100", "seed": 1, "group": "b", "error": "x"}]
    replays = [make_runs(1, 2, seed=seed, group=group) for seed in (0, 1) for group in "ab"]
    (row,) = summarize(make_table(*replays, failures=failed)).to_dict("records")
    assert (row["seeds"], row["failed_seeds"], row["recurrences"]) == (1, 1, 4)


def test_the_spread_is_that_of_replays(make_runs, make_table):
    """Quartiles over the seeds of what a recurrence costs in the mean of a replay, in the unit of the name."""
    result = make_table(*(make_runs(10, 10 + 2 * seed, seed=seed) for seed in range(5)))
    (row,) = summarize(result).to_dict("records")
    assert (row["energy_q25_j"], row["energy_q75_j"]) == (11, 13)
    assert (row["time_q25_s"], row["time_q75_s"]) == (22, 26)
    assert (row["cost_q25"], row["cost_q75"]) == (110, 130)


def test_each_row_says_what_its_traces_were(make_runs, make_table):
    """Also to programs; unknown is not False."""
    synthetic = make_table(make_runs(1), synthetic=True)
    other = replace(JOB, dataset="cifar")
    predicted = make_table(make_runs(1, job=other), job=other)
    predicted.attrs["manifest"]["traces"]["predicted"] = True
    predicted.attrs["manifest"]["groups"] = None
    summary = summarize(combine([synthetic, predicted]))
    assert summary["synthetic"].tolist() == [True, False]
    assert summary["predicted"].tolist() == [False, True]
    assert summary["synthetic_groups"].tolist() == [False, False]
    synthetic.attrs = {}
    assert summarize(synthetic)["synthetic"].isna().all()


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
