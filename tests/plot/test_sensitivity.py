"""Lines over a knob."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import plot
from simulator.errors import ReplayError

WHO = {"job": "Job(squad,bert,adamw,84.0,bs32~6)", "gpu": "v100"}


def rows(knob, values, policy="gts", **columns):
    """Make rows of a table of knobs: cost 100 + 10 per row, with an interval of ±10, against a best of 100."""
    cost = 100.0 + 10 * np.arange(len(values))
    table = pd.DataFrame({**WHO, "policy": policy, "knob": knob, "value": values, "cost": cost})
    table = table.assign(cost_low=cost - 10, cost_high=cost + 10, regret_pct=cost - 100, failed_seeds=0)
    energy = {"energy_j": cost * 1e6, "energy_low_j": cost * 0.9e6, "energy_high_j": cost * 1.2e6}
    return table.assign(**energy, **columns)


def test_regret_has_the_interval_of_its_cost():
    """A best configuration of 100 J: intervals of ±10 J are ±10 %."""
    ax = plot.sensitivity(pd.concat([rows("eta", [0.0, 0.5, 1.0]), rows("beta", [2.0])]))
    (line,), (band,) = ax.lines, ax.collections
    assert (line.get_xdata().tolist(), line.get_ydata().tolist()) == ([0, 0.5, 1], [0, 10, 20])
    at_half = band.get_paths()[0].vertices[band.get_paths()[0].vertices[:, 0] == 0.5][:, 1]
    assert (at_half.min(), at_half.max()) == pytest.approx((0, 20))
    assert line.get_gid() == band.get_gid() == "policy:gts"
    assert ax.get_ylabel() == "cost above best fixed configuration [%]"


def test_amounts_have_their_own_ends():
    """Columns whose unit stands last, in a unit that suits them."""
    ax = plot.sensitivity(rows("eta", [0.0, 1.0]), measure="energy_j")
    assert ax.lines[0].get_ydata().tolist() == [100, 110]
    at_first = ax.collections[0].get_paths()[0].vertices
    assert at_first[at_first[:, 0] == 0][:, 1].max() == pytest.approx(120)
    assert ax.get_ylabel() == "mean energy per recurrence [MJ]"


@pytest.mark.parametrize(
    ("knob", "values", "words"),
    [
        ("beta", [float("inf"), 1.5, 2.0], ["1.5", "2", "∞, never"]),
        ("window", [0, 5, 40], ["5", "40", "all"]),
        ("default_bs", [8, 128, 32], ["8", "32", "128"]),
    ],
)
def test_other_knobs_stand_side_by_side(knob, values, words):
    """An infinite β and a window that holds everything have places, at the end where they belong."""
    ax = plot.sensitivity(rows(knob, values))
    assert [label.get_text() for label in ax.get_xticklabels()] == words
    of_value = dict(zip(sorted(values), [values.index(value) * 10 for value in sorted(values)], strict=True))
    ordered = [*sorted(values)[1:], 0] if knob == "window" else sorted(values)
    assert ax.lines[0].get_ydata().tolist() == [of_value[value] for value in ordered]


def test_values_without_all_seeds_are_noted():
    """The survivors were the luckier ones; where the table withholds a regret there is no point."""
    table = rows("beta", [1.1, 2.0])
    table.loc[0, ["regret_pct", "failed_seeds"]] = [np.nan, 3]
    ax = plot.sensitivity(table, knob="beta")
    assert np.isnan(ax.lines[0].get_ydata()[0])
    assert ax.figure.get_supxlabel().startswith("gts: seeds failed at 1.1;")


def test_errors_say_what_there_is():
    """A knob that was not turned, a measure that is none, another table."""
    with pytest.raises(ReplayError, match="knob is 'eta'; choose beta"):
        plot.sensitivity(rows("beta", [2.0]), knob="eta")
    with pytest.raises(ReplayError, match="measure is 'price'"):
        plot.sensitivity(rows("eta", [0.5]), measure="price")
    with pytest.raises(ReplayError, match="sensitivity makes one"):
        plot.sensitivity(pd.DataFrame(WHO, index=[0]))
    with pytest.raises(ReplayError, match="eta is turned for gts"):
        plot.sensitivity(rows("eta", [0.5]), policies=["ucb"])
