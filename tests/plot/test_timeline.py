"""Runs on a time line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import plot
from simulator.errors import ReplayError
from simulator.plot.timeline import lanes


@pytest.fixture
def overlapping(make_runs, make_table):
    """Four submissions of a group: the second starts while the first runs, the last misses its target once."""
    runs = make_runs(1, 1, 1, [1, 1], group="g", batch_sizes=[8, 16, 8, 32])
    runs["started_s"] = [0.0, 3600.0, 7200.0, 10800.0, 14400.0]
    runs["ended_s"] = [7200.0, 9000.0, 10800.0, 14400.0, 18000.0]
    return make_table(runs, make_runs(1, group="g", seed=1))


def bars_of(ax):
    """Bars as start, end and lane."""
    (container,) = ax.containers
    return [
        (bar.get_x(), bar.get_x() + bar.get_width(), round(bar.get_y() + bar.get_height() / 2)) for bar in container
    ]


def test_bars_reach_from_start_to_end(overlapping):
    """Hours, and a lane for each run in flight at once: the third one takes the lane that the first one left."""
    ax = plot.timeline(overlapping)
    assert np.allclose(bars_of(ax), [(0, 2, 0), (1, 2.5, 1), (2, 3, 0), (3, 4, 0), (4, 5, 0)])
    assert [label.get_text() for label in ax.get_yticklabels()][:2] == ["1", "2"]
    assert ax.get_xlabel() == "time [h]"
    assert [bar.get_hatch() for bar in ax.containers[0]] == [None, None, None, "////", None]
    assert {bar.get_gid() for bar in ax.containers[0]} == {"policy:default+full"}
    assert [text.get_text() for text in ax.texts] == ["8", "16", "8", "32", "32"]
    assert "default+full, group g, seed 0: 5 runs of 4 submissions" in ax.get_title()
    legend = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert legend == ["batch size 8", "batch size 16", "batch size 32", "missed the target"]


def test_lanes_are_given_as_runs_start(make_runs, make_table):
    """A late second try of the first submission takes no lane from the second submission, which came before."""
    runs = make_runs([1, 1], 1, group="g")
    runs["started_s"], runs["ended_s"] = [0.0, 14400.0, 3600.0], [3600.0, 18000.0, 7200.0]
    assert np.allclose(bars_of(plot.timeline(make_table(runs))), [(0, 1, 0), (1, 2, 0), (4, 5, 0)])


def test_another_replay_is_chosen_by_name(overlapping):
    """Seeds as numbers or as text; what is not there is said."""
    assert len(bars_of(plot.timeline(overlapping, seed="1", policy="default+full", group="g"))) == 1
    with pytest.raises(ReplayError, match="no run with seed 7; there are 0, 1"):
        plot.timeline(overlapping, seed=7)
    with pytest.raises(ReplayError, match="did you mean 'default"):
        plot.timeline(overlapping, policy="default-full")
    with pytest.raises(ReplayError, match="no groups"):
        plot.timeline(overlapping.drop(columns="group"), group="g")


def test_two_hundred_submissions_are_a_picture(make_runs, make_table):
    """Too many for numbers on bars, and lanes are numbered by steps."""
    runs = make_runs(*[1] * 200, group="g")
    runs["started_s"] = np.arange(200.0)
    runs["ended_s"] = runs["started_s"] + 60.0
    ax = plot.timeline(make_table(runs))
    ax.figure.draw_without_rendering()
    assert len(bars_of(ax)) == 200
    assert max(lane for *_, lane in bars_of(ax)) == 59
    assert len(ax.get_yticks()) <= 13
    assert ax.figure.get_figheight() <= 9


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 30)), min_size=1, max_size=40))
def test_no_two_runs_share_a_lane_at_once(spans):
    """And there are no more lanes than runs in flight at once."""
    start, length = np.array(sorted(spans)).T
    end = start + length
    lane = lanes(start, end)
    for i in range(len(start)):
        for j in range(i):
            assert lane[i] != lane[j] or end[j] <= start[i]
    most = max(int(((start <= moment) & (moment < end)).sum()) for moment in start)
    assert lane.max() + 1 == most
