"""Bars of what finding out cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import plot
from simulator.compare import exploration
from simulator.compare.exploration import KINDS
from simulator.errors import ReplayError


def bars_of(ax):
    """Bars by kind, as left end and width."""
    return {bars.get_label(): [(bar.get_x(), bar.get_width()) for bar in bars] for bars in ax.containers}


def test_bars_are_the_parts_of_the_table(two_policies):
    """The thrifty policy pays 50, 60 and 90 J while it looks around, and 51 J from then on."""
    ax = plot.exploration(two_policies, measure="energy_j")
    table = exploration(two_policies).set_index("policy")
    assert table.loc["thrifty", "exploration_energy_j"] == pytest.approx(100 + 150 - 2 * 51)
    parts = bars_of(ax)
    sums = [sum(widths) for widths in zip(*[[width for _, width in bars] for bars in parts.values()], strict=True)]
    assert sums == pytest.approx(table["exploration_energy_j"].tolist())
    assert parts["runs that missed the target"][1] == pytest.approx((0, 60))
    assert ax.get_xlabel() == "energy beyond the settled choice [J]"
    (words,) = (text.get_text() for text in ax.texts if text.get_gid() == "policy:thrifty")
    assert words == f"{100 * 148 / 454:.1f} % of all; settles on batch size 8"


def test_parts_below_zero_lie_to_the_left():
    """What was tried was better than what was kept: the parts still add up to the sum."""
    row = {"job": "j", "gpu": "g", "policy": "p", "settled_batch_size": 8, "cost": 100.0, "exploration_cost": 7.0}
    parts = dict(zip((f"{kind}_cost" for kind in KINDS), (10.0, -6.0, 3.0), strict=True))
    ax = plot.exploration(pd.DataFrame([row | parts]))
    assert [bars[0] for bars in bars_of(ax).values()] == [(0, 10), (0, -6), (10, 3)]
    (mark,) = (line for line in ax.lines if line.get_marker() == "D")
    assert mark.get_xdata().tolist() == [7.0]
    below = row | dict(zip(parts, (10.0, -6.0, -3.0), strict=True))
    assert [bars[0] for bars in bars_of(plot.exploration(pd.DataFrame([below]))).values()] == [
        (0, 10),
        (0, -6),
        (-6, -3),
    ]


def test_quartiles_over_seeds_are_drawn(make_runs, make_table):
    """Seeds that pay 0, 10 and 20 J for a run that fails: quartiles 5 and 15 J."""
    replays = [make_runs([extra, 50] if extra else 50, 50, 50, seed=n) for n, extra in enumerate((0, 10, 20))]
    ax = plot.exploration(make_table(*replays), measure="energy_j")
    (quartiles,) = (line for line in ax.lines if line.get_gid() and len(line.get_xdata()) == 2)
    assert np.asarray(quartiles.get_xdata()) == pytest.approx([5, 15])


def test_one_job_chosen_of_many_is_drawn_alone(make_runs, make_table):
    """A table that is cut down to a job still lists what failed in others."""
    failed = [{"policy": "gts", "job": "another", "gpu": "v100", "seed": 0, "error": "x"}]
    ax = plot.exploration(make_table(make_runs(1, 1), failures=failed))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["default+full"]


def test_a_policy_that_lost_all_seeds_is_noted(make_runs, make_table):
    """It has no bar; alone it is an error."""
    failed = [{"policy": "gts", "job": make_runs(1)["job"][0], "gpu": "v100", "seed": 0, "error": "x"}]
    result = make_table(make_runs(1, 1), make_runs(1, policy="gts"), failures=failed)
    ax = plot.exploration(result)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["default+full"]
    assert ax.figure.get_supxlabel().startswith("gts: 1 of 1 seeds did not get through")
    with pytest.raises(ReplayError, match="no replay of gts went through"):
        plot.exploration(result, policies=["gts"])
