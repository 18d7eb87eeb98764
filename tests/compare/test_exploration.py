"""What policies paid for not knowing: by hand, and against a slow calculation from the docstring."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_results import JOB, runs, table

from simulator.compare import exploration
from simulator.compare.exploration import KINDS
from simulator.errors import ReplayError

WHO = ("policy", "batch_size", "power_limit_w", "cost")


def a_run(recurrence, cost, *, size=8, attempt=1, reached=True, profiled=False, seed=0, **more):
    """One run; it takes a tenth of its cost in joules, and a fifth in seconds."""
    row = runs(cost / 10, seed=seed, batch_sizes=[size], **more).iloc[0].to_dict()
    return row | {"recurrence": recurrence, "attempt": attempt, "reached": reached, "profiled": profiled}


def of(*rows, failures=()):
    """A result table of single runs."""
    return table(pd.DataFrame(rows), failures=failures)


#: Settles on 8 at 100 J and 110 J, 105 J on average.
LEARNS = (
    a_run(0, 300.0, size=32),
    a_run(1, 90.0, size=64, attempt=1, reached=False),
    a_run(1, 140.0, attempt=2, profiled=True),
    a_run(2, 100.0),
    a_run(3, 110.0),
)


def test_each_run_is_counted_once_and_nothing_is_lost():
    """300 J − 105 J were for searching, 90 J for a run that failed, 140 J − 105 J for profiling."""
    (row,) = exploration(of(*LEARNS), late=3).to_dict("records")
    assert (row["settled_batch_size"], row["settled_power_limit_w"], row["settled_seeds_pct"]) == (8, 250, 100)
    assert row["settled_recurrence"] == 1
    assert (row["searching_cost"], row["failed_cost"], row["profiling_cost"]) == (195.0, 90.0, 35.0)
    assert row["exploration_cost"] == 320.0
    assert row["cost"] == 740.0 == 4 * 105.0 + row["exploration_cost"]
    assert row["exploration_share_pct"] == pytest.approx(100 * 320 / 740)
    assert row["searching_energy_j"] == pytest.approx(19.5)
    assert row["failed_time_s"] == pytest.approx(18.0)


def test_settled_is_what_most_of_the_last_recurrences_ran_and_of_equals_the_latest():
    """Two recurrences of 8 beat one of 16; one of each leaves the last."""
    rows = [a_run(at, 100.0, size=size) for at, size in enumerate([32, 8, 8, 16])]
    assert exploration(of(*rows), late=3)["settled_batch_size"].tolist() == [8]
    assert exploration(of(*rows), late=3)["settled_recurrence"].tolist() == [4]  # it left 8 in the last one
    assert exploration(of(*rows), late=1)["settled_batch_size"].tolist() == [16]
    assert exploration(of(*rows[:3], rows[3] | {"recurrence": 0, "attempt": 2}), late=2)[
        "settled_batch_size"
    ].tolist() == [8]
    assert exploration(of(*rows), late=2)["settled_batch_size"].tolist() == [16]


def test_who_never_ran_without_profiling_is_held_against_profiled_runs():
    """There is no other yardstick; so nothing was paid for profiling."""
    (row,) = exploration(of(a_run(0, 50.0, profiled=True))).to_dict("records")
    assert row["exploration_cost"] == 0.0


def test_what_was_better_than_the_choice_counts_below_zero():
    """A policy that tried 60 J and settled on 100 J paid for its choice, not for searching."""
    (row,) = exploration(of(a_run(0, 60.0, size=64), *(a_run(at, 100.0) for at in (1, 2, 3)))).to_dict("records")
    assert row["searching_cost"] == -40.0


def test_seeds_are_averaged_and_spread():
    """The mean over seeds, quartiles over seeds, and what most seeds settle on."""
    rows = [a_run(at, cost, seed=seed) for seed, cost in enumerate((10.0, 20.0, 60.0)) for at in (1, 2)]
    rows += [a_run(0, 100.0 + cost, size=32, seed=seed) for seed, cost in enumerate((10.0, 20.0, 60.0))]
    rows += [a_run(at, 30.0, size=64, seed=3) for at in (0, 1, 2)]
    (row,) = exploration(of(*rows)).to_dict("records")
    assert row["searching_cost"] == 75.0
    assert (row["searching_cost_q25"], row["searching_cost_q75"]) == (75.0, 100.0)
    assert (row["settled_batch_size"], row["settled_seeds_pct"], row["seeds"]) == (8, 75.0, 4)


def test_policies_that_lost_seeds_say_so_and_those_that_lost_all_keep_a_row():
    """Nobody vanishes: what is shown is about the seeds that went through, the others are counted."""
    failed = [{"policy": p, "job": str(JOB), "gpu": "v100", "seed": s, "error": "x"} for p, s in (("gts", 0), ("a", 1))]
    result = of(
        a_run(0, 7.0, policy="gts", seed=0),
        a_run(0, 5.0, policy="a"),
        a_run(0, 9.0, policy="a", seed=1),
        failures=failed,
    )
    found = exploration(result).set_index("policy")
    assert found.index.tolist() == ["gts", "a"]
    assert found["seeds"].tolist() == [0, 1]
    assert found["failed_seeds"].tolist() == [1, 1]
    assert found["cost"].tolist()[1] == 5.0
    assert found.loc["gts", ["cost", "settled_batch_size"]].isna().all()


def test_submissions_are_compared_at_their_scale():
    """A submission twice as long at twice the price explored nothing."""
    result = of(a_run(0, 100.0, group="g"), a_run(1, 200.0, group="g"), a_run(2, 300.0, group="g", size=64))
    groups = pd.DataFrame(
        {
            "group": "g", "dataset": "squad", "start_time": [0.0, 1.0, 2.0], "end_time": [9.0, 9.0, 9.0],
            "runtime_ratio": [1.0, 2.0, 2.0],
        }
    )  # fmt: skip
    assert exploration(result, groups=groups)["searching_cost"].tolist() == [100.0]
    with pytest.raises(ReplayError, match="groups="):
        exploration(result)


def test_a_seed_pays_for_all_of_its_groups():
    """Whole replays are added up over groups, and averaged over seeds."""
    result = of(
        *(a_run(0, cost, group=group, seed=seed) for group, cost in (("g", 100.0), ("h", 40.0)) for seed in (0, 1))
    )
    submitted = {"dataset": "squad", "start_time": 0.0, "end_time": 9.0, "runtime_ratio": 1.0}
    groups = pd.DataFrame([{"group": group, **submitted} for group in "gh"])
    assert exploration(result, groups=groups)["cost"].tolist() == [140.0]


def test_numbers_that_make_no_sense_are_refused():
    """At least one recurrence is late."""
    with pytest.raises(ReplayError, match="late"):
        exploration(of(*LEARNS), late=0)


@st.composite
def replays(draw):
    """Two policies, up to three seeds, a few recurrences, each with failed tries before the one that reached it."""
    rows = []
    for policy in ("a", "b"):
        for seed in range(draw(st.integers(1, 3))):
            for recurrence in range(draw(st.integers(1, 8))):
                tries = draw(st.integers(1, 3))
                for attempt in range(1, tries + 1):
                    rows.append(
                        a_run(
                            recurrence, draw(st.sampled_from([10.0, 20.0, 35.0, 80.0])), attempt=attempt, seed=seed,
                            size=draw(st.sampled_from([8, 16, 32])), profiled=draw(st.booleans()),
                            reached=attempt == tries, policy=policy,
                        )
                    )  # fmt: skip
    return rows


@settings(max_examples=30, deadline=None)
@given(rows=replays(), late=st.integers(1, 6))
def test_the_split_is_what_a_slow_calculation_says(rows, late):
    """Whatever ran: each number from single runs, in plain Python; and the parts add up to the whole."""
    found = exploration(of(*rows), late=late).set_index("policy")
    for policy, row in found.iterrows():
        parts = [
            _slow_split([r for r in rows if (r["policy"], r["seed"]) == (policy, seed)], late) for seed in range(3)
        ]
        parts = [part for part in parts if part]
        for name in (*(f"{kind}_cost" for kind in KINDS), "cost", "settled_recurrence"):
            assert row[name] == pytest.approx(sum(part[name] for part in parts) / len(parts), abs=1e-9), name
        chosen = Counter(part["pair"] for part in parts)
        assert chosen[row["settled_batch_size"], row["settled_power_limit_w"]] == max(chosen.values())
        assert row["settled_seeds_pct"] == pytest.approx(100 * max(chosen.values()) / len(parts))


def _slow_split(rows, late):
    """Split one replay as the docstring says."""
    if not rows:
        return None
    ends = sorted((r for r in rows if r["reached"]), key=lambda r: r["recurrence"])
    pairs = [(r["batch_size"], r["power_limit_w"]) for r in ends]
    last = pairs[-late:]
    most = max(Counter(last).values())
    pair = [each for each in last if last.count(each) == most][-1]
    settled = [r["cost"] for r, p in zip(ends, pairs, strict=True) if p == pair and not r["profiled"]]
    if held := not settled:
        settled = [r["cost"] for r, p in zip(ends, pairs, strict=True) if p == pair]
    mean = sum(settled) / len(settled)
    found = dict.fromkeys((f"{kind}_cost" for kind in KINDS), 0.0)
    for r in rows:
        at_settled = (r["batch_size"], r["power_limit_w"]) == pair
        if not r["reached"]:
            found["failed_cost"] += r["cost"]
        elif r["profiled"] and not (held and at_settled):
            found["profiling_cost"] += r["cost"] - mean
        elif not at_settled:
            found["searching_cost"] += r["cost"] - mean
    total = sum(r["cost"] for r in rows)
    assert total == pytest.approx(len(ends) * mean + sum(found.values()))
    others = [r["recurrence"] for r, p in zip(ends, pairs, strict=True) if p != pair]
    return found | {"cost": total, "pair": pair, "settled_recurrence": others[-1] + 1 if others else 0}
