"""Overlapping submissions, group by group, in the same table as everything else."""

from __future__ import annotations

import pandas as pd
from small import JOB, TRACES, Fixed, make_groups, make_traces

from simulator import Traces, replay
from simulator.cost import energy_time_cost
from simulator.replay.frames import COLUMNS


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


def _twins():
    """Two batch sizes that cost the same to the last bit."""
    traces = make_traces({8: [4.0], 16: [4.0]}, limits=(200,))
    return Traces(train=traces.train, power=traces.power.assign(time_per_epoch=10.0), gpu="v100")


class _Alternating(Fixed):
    def predict(self, job):
        return (8, 16)[len(self.observed) % 2]


class _Reverse(_Alternating):
    def predict(self, job):
        return 24 - super().predict(job)


def _submitted(*rows):
    group = pd.DataFrame(rows, columns=["start_time", "end_time"], dtype=float)
    return group.assign(group="g", dataset="d", runtime_ratio=1.0)


def test_a_run_has_ended_at_its_end():
    """A submission at the very second in which another ends finds nothing in flight: the policy decides."""
    group = _submitted((0, 100), (100, 200), (150, 250))
    table = replay(JOB, _twins(), policy=_Reverse, power_policy="full", seeds=0, groups=group)
    assert list(table["batch_size"]) == [16, 8, 16]  # the third meets the second, and takes the best known


def test_the_first_of_equals_stays_the_best():
    """A run that costs as much as the best one does not take its place."""
    group = _submitted((0, 10), (20, 30), (40, 50), (45, 55))
    table = replay(JOB, _twins(), policy=_Alternating, power_policy="full", seeds=0, groups=group)
    assert list(table["batch_size"]) == [8, 16, 8, 8]
    assert table["cost"].nunique() == 1


def test_the_first_of_equals_is_whichever_ended_first():
    """The same with the sizes in the other order."""
    group = _submitted((0, 10), (20, 30), (25, 35), (40, 50), (45, 55))
    table = replay(JOB, _twins(), policy=_Reverse, power_policy="full", seeds=0, groups=group)
    assert list(table["batch_size"]) == [16, 8, 16, 8, 16]
