"""Regret over recurrences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import plot
from simulator.errors import ReplayError

JOB = "Job(squad,bert,adamw,84.0,bs32~6)"

#: At η 0.5, without time, the best of them costs 20 J.
CONFIGURATIONS = pd.DataFrame(
    {"job": JOB, "gpu": "v100", "batch_size": [8, 32], "power_limit_w": 250, "energy_j": [40.0, 60.0]}
).assign(time_s=lambda table: 0.0, cost=lambda table: table["energy_j"] / 2, on_front=True)


@pytest.fixture
def replayed(two_policies):
    """Two policies, with a manifest that says what the best one costs; their own cost is ten times their energy."""
    two_policies.attrs["manifest"]["traces"] |= {"max_power_w": 250, "slices": None}
    two_policies.attrs["manifest"]["knobs"] = {"eta": 0.5}
    return two_policies


def lines_of(ax):
    """Lines of policies by label, as lists of x and y."""
    return {line.get_label(): tuple(map(list, line.get_data())) for line in ax.lines if line.get_gid()}


def test_regret_adds_up(replayed):
    """The best configuration costs 20 J a recurrence; what is beyond it is summed, and the seeds' median is drawn."""
    ax = plot.regret(replayed, configurations=CONFIGURATIONS)
    lines = lines_of(ax)
    assert lines["default+full"][0] == [1, 2, 3, 4, 5, 6]
    assert lines["default+full"][1] == pytest.approx([(1010 - 20) * n / 1e3 for n in range(1, 7)])
    thrifty = np.cumsum([1000 - 20, 1500 - 20, *[510 - 20] * 4]) / 1e3
    assert lines["thrifty"][1] == pytest.approx(thrifty.tolist())
    assert ax.get_ylabel() == "cumulative regret [kJ]"
    assert ax.get_xscale() == "linear"


def test_the_band_is_that_of_the_sums(replayed):
    """Quartiles over seeds at the last recurrence: six recurrences at 100, 101 and 102 J of energy."""
    ax = plot.regret(replayed, configurations=CONFIGURATIONS, policies=["default+full"])
    (band,) = ax.collections
    last = band.get_paths()[0].vertices[band.get_paths()[0].vertices[:, 0] == 6][:, 1]
    assert (last.min(), last.max()) == pytest.approx((6 * 0.985, 6 * 0.995))


def test_a_single_recurrence_on_request(replayed):
    """Not added up, with later recurrences pooled as in the other plots."""
    ax = plot.regret(replayed, configurations=CONFIGURATIONS, cumulative=False)
    assert lines_of(ax)["thrifty"][1] == pytest.approx([0.98, 1.48, *[0.49] * 4])
    assert ax.get_ylabel() == "regret per recurrence [kJ]"


def test_a_table_of_regrets_is_drawn_as_it_is(replayed):
    """Whoever has it need not compute it again; zero and less have a place on a logarithmic axis."""
    rows = [{"job": JOB, "gpu": "v100", "policy": "p", "seed": 0, "recurrence": n, "regret_j": 0.0} for n in range(3)]
    table = pd.DataFrame(rows).assign(cumulative_regret_j=[0.0, 0.0, -1.0])
    ax = plot.regret(table, log=True)
    assert lines_of(ax)["p"][1] == [0.0, 0.0, -1.0]
    assert ax.get_yscale() == "symlog"
    plot.regret(table.assign(cumulative_regret_j=0.0), log=True).figure.draw_without_rendering()


def test_without_configurations_there_is_no_best(replayed):
    """The message names what makes them."""
    with pytest.raises(ReplayError, match="every_configuration"):
        plot.regret(replayed)
    with pytest.raises(ReplayError, match="nothing about"):
        plot.regret(replayed, configurations=CONFIGURATIONS.assign(gpu="a40"))
