"""Pictures of synthetic traces say so, whatever table they are made from."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

import simulator
from simulator import compare, plot

TRACES = simulator.read_traces(gpu="v100")
JOB = TRACES.jobs[0]
SMALL = {"seeds": range(2), "recurrences": 3}


def words_of(ax):
    """Everything that is written in axes: titles and texts."""
    return "\n".join([ax.get_title(), *(text.get_text() for text in ax.texts)])


@pytest.fixture(scope="module")
def result():
    """Two policies on bundled traces, which are synthetic."""
    policies = [("default", "full"), ("default", "jit")]
    return compare.combine(simulator.replay(JOB, TRACES, policy=p, power_policy=w, **SMALL) for p, w in policies)


@pytest.fixture(scope="module")
def comparison():
    """The same policies compared."""
    return simulator.compare(JOB, TRACES, policies=["default+full", "default"], resamples=2, **SMALL)


def test_tables_made_of_traces_carry_it_to_their_pictures(comparison):
    """Fronts, knobs, differences and transfers are about numbers that nobody measured."""
    found = [
        plot.front(compare.eta_front(JOB, TRACES, policies="default", etas=[0, 1], **SMALL)),
        plot.front(compare.policy_front(comparison)),
        plot.front(compare.every_configuration(JOB, TRACES)),
        plot.sensitivity(compare.sensitivity(JOB, TRACES, policies="default", grids={"beta": [2]}, **SMALL)),
        plot.verdicts(comparison.differences),
        plot.transfer(compare.transfer(JOB, [TRACES, simulator.read_traces(gpu="a40")])),
    ]
    for ax in found:
        assert "SYNTHETIC" in words_of(ax), words_of(ax)


def test_result_tables_carry_it_to_their_pictures(result, tmp_path):
    """Also when they were written to a file and read again, and rows were chosen."""
    file = tmp_path / "results.parquet"
    result.to_parquet(file)
    read = pd.read_parquet(file)
    read = read[read["policy"] == "default"]
    known = compare.every_configuration(JOB, TRACES)
    draws = [plot.energy, plot.time, plot.batch_size, plot.power_limit, plot.plane, plot.timeline, plot.exploration]
    for ax in [*(draw(read) for draw in draws), plot.regret(read, configurations=known)]:
        assert "SYNTHETIC" in words_of(ax)


def test_every_plot_takes_axes_and_gives_them_back(result, comparison):
    """A figure of several panels is the caller's: no legend, no notes, and no headline over each."""
    known = compare.every_configuration(JOB, TRACES)
    figure = Figure(figsize=(12, 12))
    panels = figure.subplots(3, 4).flat
    for draw in (plot.energy, plot.time, plot.batch_size, plot.power_limit, plot.timeline, plot.exploration):
        ax = next(panels)
        assert draw(result, ax=ax) is ax
    for draw in (plot.plane, plot.regret):
        ax = next(panels)
        assert draw(result, configurations=known, ax=ax) is ax
    ax = next(panels)
    assert plot.verdicts(comparison, ax=ax) is ax
    assert plot.front(known, ax=next(panels)).get_title()
    assert not figure.legends
    assert figure.get_supxlabel() == ""
    assert not any(JOB.dataset in each.get_title() for each in figure.axes)
    assert all("SYNTHETIC" in words_of(each) for each in figure.axes if each.has_data())


def test_a_title_over_all_panels_need_not_be_repeated(result):
    """Where the figure says already that nobody recorded this, its panels do not."""
    figure = Figure()
    figure.suptitle("SYNTHETIC traces, two views")
    assert "SYNTHETIC" not in plot.energy(result, ax=figure.add_subplot()).get_title()
    assert sum("SYNTHETIC" in words_of(each) for each in plot.draw_job(result).axes) == 0


def test_a_single_text_is_no_list_of_policies(result):
    """Its letters would be taken for policies."""
    with pytest.raises(simulator.errors.ReplayError, match=r"policies=\['default'\]"):
        plot.energy(result, policies="default")


def test_nothing_to_draw_is_an_error_that_says_what_there_is(result):
    """An empty picture would look like a finding."""
    for draw in (plot.energy, plot.batch_size, plot.plane, plot.exploration):
        with pytest.raises(simulator.errors.ReplayError, match="nothing to draw"):
            draw(result, policies=["nobody"])
    ax = plot.energy(result, policies=["default", "nobody"])
    assert "Not in this table: nobody." in ax.figure.get_supxlabel()
