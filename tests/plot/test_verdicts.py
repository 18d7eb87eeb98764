"""The forest plot of differences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import simulator
from simulator import plot
from simulator.errors import ReplayError

ROWS = [
    ("a", -30.0, -40.0, -20.0, "better"),
    ("b", 5.0, 2.0, 8.0, "worse"),
    ("c", 0.1, -0.2, 0.4, "equivalent"),
    ("d", -1.0, -9.0, 7.0, "cannot tell"),
    ("e", np.nan, np.nan, np.nan, "cannot tell"),
]
DIFFERENCES = pd.DataFrame(ROWS, columns=["policy", "difference_pct", "low_pct", "high_pct", "verdict"]).assign(
    job="squad", gpu="v100", baseline="default", measure="cost", failed_pct=0.0, baseline_failed_pct=0.0
)


def drawn_of(ax, policy):
    """What is drawn of a policy: its interval, its point and its words."""
    lines = [line for line in ax.lines if line.get_gid() == f"policy:{policy}"]
    (text,) = (text for text in ax.texts if text.get_gid() == f"policy:{policy}")
    return [line.get_xdata() for line in lines], text.get_text(), lines


def test_each_difference_is_an_interval_a_mark_and_a_word():
    """All from the table, at the row that the policy's name labels."""
    ax = plot.verdicts(DIFFERENCES)
    names = dict(zip((label.get_text() for label in ax.get_yticklabels()), ax.get_yticks(), strict=True))
    markers = set()
    for policy, middle, low, high, verdict in ROWS[:4]:
        (interval, point), words, lines = drawn_of(ax, policy)
        assert (list(interval), list(point)) == ([low, high], [middle])
        assert set(lines[0].get_ydata()) | set(lines[1].get_ydata()) == {names[policy]}
        assert words.endswith(f" {verdict}")
        markers.add(lines[1].get_marker())
    assert len(markers) == 4
    assert ax.get_xlabel() == "difference in cost from default [%]"
    assert any(list(line.get_xdata()) == [0, 0] for line in ax.lines)


def test_a_difference_that_is_not_known_is_said():
    """All seeds failed: no mark, and words instead of a gap."""
    table = DIFFERENCES.assign(failed_pct=np.where(DIFFERENCES["policy"] == "e", 100.0, 0.0))
    drawn, words, _ = drawn_of(plot.verdicts(table), "e")
    assert drawn == []
    assert words == "no difference known (100 % broke off)"
    of_baseline = plot.verdicts(DIFFERENCES.assign(baseline_failed_pct=25.0))
    assert drawn_of(of_baseline, "a")[1].endswith(" better (25 % broke off)")


def test_far_differences_do_not_squeeze_the_others():
    """+2000 % has a place on an axis on which 2 % can be seen."""
    far = DIFFERENCES.assign(high_pct=[1.0, 2000.0, 0.4, 7.0, np.nan])
    assert plot.verdicts(far).get_xscale() == "symlog"
    assert plot.verdicts(DIFFERENCES).get_xscale() == "linear"


@pytest.fixture(scope="module")
def comparison():
    """A small comparison on the bundled traces, which are synthetic."""
    traces = simulator.read_traces(gpu="v100")
    policies = ["default+full", "default"]
    return simulator.compare(traces.jobs[0], traces, policies=policies, seeds=range(3), recurrences=3, resamples=4)


def test_a_comparison_says_what_matters_and_what_is_synthetic(comparison):
    """The band of the smallest difference, the confidence, and places by name."""
    ax = plot.verdicts(comparison, measure="energy_j")
    (band,) = (patch for patch in ax.patches if patch.get_label().startswith("±1 %"))
    assert (band.get_x(), band.get_width()) == (-1, 2)
    assert "95 % interval" in ax.get_title()
    assert any("SYNTHETIC" in text.get_text() for text in ax.texts)
    points = [line.get_xdata()[0] for line in ax.lines if line.get_gid() and len(line.get_xdata()) == 1]
    assert points == comparison.differences.query("measure == 'energy_j'")["difference_pct"].tolist()


def test_errors_say_what_there_is():
    """A wrong measure, a wrong table, a policy that is not there."""
    with pytest.raises(ReplayError, match="did you mean 'cost'"):
        plot.verdicts(DIFFERENCES, measure="costs")
    with pytest.raises(ReplayError, match="no table of differences: it lacks verdict"):
        plot.verdicts(DIFFERENCES.drop(columns="verdict"))
    with pytest.raises(ReplayError, match="no difference in cost to draw of nobody"):
        plot.verdicts(DIFFERENCES, policies=["nobody"])
