"""What a result table says about itself."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from simulator.compare import combine, failures, headline, manifests, per_recurrence
from simulator.errors import ReplayError
from simulator.job import Job

JOB = Job("squad", "bert", "adamw", 84.0, 6, default_bs=32)


def failure(policy: str, seed: int, error: str = "failed 20 times") -> dict[str, object]:
    return {"policy": policy, "job": str(JOB), "gpu": "v100", "seed": seed, "error": error}


def test_tries_of_a_recurrence_add_up(make_runs, make_table):
    """A recurrence costs what all of its tries cost, and ends with what the last one used."""
    result = make_table(make_runs(100, [60, 90, 30], 50, batch_sizes=[32, 16, 8]))
    recurrences = per_recurrence(result)
    assert recurrences["energy_j"].tolist() == [100, 180, 50]
    assert recurrences["time_s"].tolist() == [200, 360, 100]
    assert recurrences["cost"].tolist() == [1000, 1800, 500]
    assert recurrences["runs"].tolist() == [1, 3, 1]
    assert recurrences["batch_size"].tolist() == [32, 16, 8]


def test_a_replay_that_broke_off_is_left_out(make_runs, make_table):
    """Recurrences of a failed seed say nothing about the others, so they do not count."""
    result = make_table(make_runs(1, 2, seed=0), make_runs(100, seed=1), failures=[failure("default+full", 1)])
    assert per_recurrence(result)["seed"].unique().tolist() == [0]


def test_only_the_group_that_broke_off_is_left_out(make_runs, make_table):
    """With groups, a seed may fail in one of them and go through in another."""
    replays = [make_runs(1, 2, group=name) for name in ("a", "b")]
    result = make_table(*replays, failures=[{**failure("default+full", 0), "group": "b"}])
    assert per_recurrence(result)["group"].unique().tolist() == ["a"]


def test_recurrences_come_in_order_though_runs_end_out_of_order(make_runs, make_table):
    """Overlapping submissions end in any order; the table of recurrences is sorted, replay by replay."""
    shuffled = make_runs(1, 2, 3, 4, group="a").iloc[[2, 0, 3, 1]]
    recurrences = per_recurrence(make_table(shuffled, make_runs(5, 6, group="b")))
    assert recurrences["energy_j"].tolist() == [1, 2, 3, 4, 5, 6]


def test_combining_keeps_rows_manifests_and_failures(make_runs, make_table):
    """Nothing that the parts say gets lost, and a part without rows does not change the types of the others."""
    first = make_table(make_runs(1, 2), failures=[failure("default+full", 7)])
    empty = first.iloc[:0].astype(object)
    empty.attrs = {"manifest": {**first.attrs["manifest"], "knobs": {}}, "failures": [failure("gts", 8)]}
    third = make_table(make_runs(1, 2, policy="ucb"), failures=[failure("ucb", 7)])
    result = combine([first, empty, combine([third])])
    assert len(result) == 4
    assert result.dtypes.to_dict() == first.dtypes.to_dict()
    assert len(manifests(result)) == 3
    assert [each["seed"] for each in result.attrs["failures"]] == [7, 8, 7]


def test_replays_that_nothing_would_tell_apart_are_refused(make_runs, make_table):
    """The same policy and seed under another β is no retry: their costs must not be added up."""
    results = [make_table(make_runs(1, 2, policy="gts")) for _ in range(2)]
    for result, beta in zip(results, (2.0, 3.0), strict=True):
        result.attrs["manifest"]["knobs"] = {"policy": "gts", "seeds": [0], "beta": beta, "eta": 0.5}
    with pytest.raises(
        ReplayError, match=r"gts on Job\(squad.* seed 0, made with beta=2\.0 and beta=3\.0; .* one by one"
    ):
        combine(results)
    with pytest.raises(ReplayError, match="made alike"):
        combine([results[0], results[0]])
    by_hand = pd.concat([result.assign() for result in results])
    with pytest.raises(ReplayError, match=r"gts on .* stands twice .* one by one"):
        per_recurrence(by_hand)


def test_other_seeds_and_groups_are_other_replays(make_runs, make_table):
    """A seed that only broke off, without a run, counts as there."""
    parts = [make_table(make_runs(1, seed=seed, group=group)) for seed in (0, 1) for group in "ab"]
    assert len(combine(parts)) == 4
    broken = make_table(make_runs(1, seed=1), failures=[failure("default+full", 0)])
    with pytest.raises(ReplayError, match="seed 0"):
        combine([make_table(make_runs(1)), broken])


def test_groups_do_not_mix_with_recurrences(make_runs, make_table):
    """Half of the rows would have no group, and fall out of every sum over groups."""
    with pytest.raises(ReplayError, match="keep them apart"):
        combine([make_table(make_runs(1)), make_table(make_runs(1, policy="gts", group="a"))])


def test_a_seed_that_broke_off_is_found_though_seeds_are_text(make_runs, make_table):
    """A table with a seed beyond 64 bits holds all of its seeds as text."""
    result = make_table(make_runs(1, seed=0), make_runs(9, seed=1), failures=[failure("default+full", 1)])
    result["seed"] = result["seed"].astype(str)
    assert per_recurrence(result)["energy_j"].tolist() == [1]


def test_combining_nothing_is_refused():
    """There is no table to return."""
    with pytest.raises(ReplayError, match="replay at least one job"):
        combine([])


def test_another_table_is_refused_with_what_it_lacks():
    """The message names the missing columns."""
    with pytest.raises(ReplayError, match="lacks policy, job, gpu"):
        per_recurrence(pd.DataFrame({"energy_j": [1.0]}))


def test_failures_are_counted_by_policy(make_runs, make_table):
    """Two hundred failed seeds are one line: how many, which, and the first reason."""
    listed = [failure("gts", 1, "first"), failure("gts", 4, "second"), failure("ucb", 1, "third")]
    counted = failures(make_table(make_runs(1), failures=listed))
    assert counted[["policy", "failed_seeds", "error"]].values.tolist() == [["gts", 2, "first"], ["ucb", 1, "third"]]
    assert counted["seeds"].tolist() == [[1, 4], [1]]


def test_the_headline_says_job_gpu_and_synthetic(make_runs, make_table):
    """Who reads a title knows what was replayed where, and whether it was ever recorded."""
    assert headline(make_table(make_runs(1), synthetic=True)) == (
        "squad (bert, adamw, target 84, default batch size 32) on v100 – SYNTHETIC traces"
    )
    recorded = make_table(make_runs(1))
    assert "SYNTHETIC" not in headline(recorded)
    recorded.attrs = {}
    assert headline(recorded) == "Job(squad,bert,adamw,84.0,bs32~6) on v100"


def test_the_headline_says_that_submissions_overlap_and_are_synthetic(make_runs, make_table):
    """Recorded traces under submissions that a model drew are half of a recording."""
    result = make_table(make_runs(1, group="a"))
    assert headline(result).endswith("on v100 – submissions that overlap")
    result.attrs["manifest"]["groups"] = {"synthetic": True, "content_hash": "", "names": ["a"]}
    assert headline(result).endswith("on v100 – SYNTHETIC submissions that overlap")
    result.attrs["manifest"]["traces"] |= {"synthetic": True, "predicted": True}
    assert headline(result).endswith("– PREDICTED and SYNTHETIC traces, SYNTHETIC submissions that overlap")


def test_synthetic_is_said_of_the_job_that_is(make_runs, make_table):
    """In a table of recorded and synthetic traces, each keeps its label."""
    other = replace(JOB, dataset="cifar")
    result = combine(
        [make_table(make_runs(1)), make_table(make_runs(1, job=other, gpu="a40"), synthetic=True, job=other)]
    )
    assert "SYNTHETIC" not in headline(result, who=(str(JOB), "v100"))
    assert "SYNTHETIC" in headline(result, who=(str(other), "a40"))


def test_one_job_at_a_time(make_runs, make_table):
    """A title for two jobs would be about neither; the message says how to choose."""
    result = make_table(make_runs(1), make_runs(1, job=replace(JOB, dataset="cifar")))
    with pytest.raises(ReplayError, match=r"holds Job\(squad.* on v100; Job\(cifar.* choose: result"):
        headline(result)
    with pytest.raises(ReplayError, match="no run at all"):
        headline(result.iloc[:0])


def test_parquet_keeps_the_manifest(make_runs, make_table, tmp_path):
    """A stored result explains itself: pandas reads its manifest and failures back."""
    result = make_table(make_runs(1, 2), synthetic=True, failures=[failure("gts", 3)])
    result.to_parquet(tmp_path / "results.parquet")
    again = pd.read_parquet(tmp_path / "results.parquet")
    assert again.attrs == result.attrs
    assert headline(again) == headline(result)
