"""Overlapping submissions, group by group, in the same table as everything else."""

from __future__ import annotations

import pandas as pd
from small import JOB, TRACES, make_groups, make_traces

from simulator import replay
from simulator.cost import energy_time_cost
from simulator.replay.result import COLUMNS


def test_groups_are_replayed_by_themselves():
    """Each group is one replay with a fresh policy; its name is a column; its rows come in the order of their ends."""
    table = replay(JOB, TRACES, policy="pruning-gts", seeds=[0, 1], groups=make_groups())
    assert list(table.columns) == [*COLUMNS, "group"]
    for (_, name), rows in table.groupby(["seed", "group"]):
        assert rows["ended_s"].is_monotonic_increasing, name
        assert set(rows["recurrence"]) == set(range(2 if name == "a" else 3))
    alone = replay(JOB, TRACES, policy="pruning-gts", seeds=1, groups=make_groups().query("group == 'b'"))
    expected = table.query("group == 'b' and seed == 1").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, expected, check_exact=True)


def test_a_submissions_ratio_scales_what_it_used_up():
    """Energy, time and cost of a row are those of the submission: the recorded ones times its ratio."""
    table = replay(JOB, make_traces({16: [6.0]}), policy="default", power_policy="full", seeds=0, groups=make_groups())
    by_ratio = table.query("group == 'a'").set_index("recurrence")
    assert by_ratio.loc[1, "energy_j"] == 2 * by_ratio.loc[0, "energy_j"]
    assert by_ratio.loc[1, "time_s"] == 2 * by_ratio.loc[0, "time_s"]
    cost = energy_time_cost(table["energy_j"], table["time_s"], eta=0.5, max_power_w=200)
    assert (table["cost"] == cost).all()
