"""Lines over recurrences show what the table says."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from simulator import plot
from simulator.errors import ReplayError
from simulator.plot.pools import first_pooled, pooled

JOB = "Job(squad,bert,adamw,84.0,bs32~6)"


def lines_of(ax):
    """Lines by label, as lists of x and y."""
    return {line.get_label(): tuple(map(list, line.get_data())) for line in ax.lines}


def test_energy_lines_are_medians_of_whole_recurrences(two_policies):
    """A line for each policy: the median over the seeds, failed tries included, in the unit that the label names."""
    ax = plot.energy(two_policies)
    assert lines_of(ax) == {
        "default+full": ([1, 2, 3, 4, 5, 6], [101] * 6),
        "thrifty": ([1, 2, 3, 4, 5, 6], [100, 150, 51, 51, 51, 51]),
    }
    assert ax.get_ylabel() == "energy per recurrence [J]"


def test_large_energies_and_long_times_get_larger_units(make_runs, make_table):
    """2 MJ are read as 2 and not as 2000000, and 4 Ms as days."""
    result = make_table(make_runs(2e6, 3e6, 2e6))
    energy, time = plot.energy(result), plot.time(result)
    assert energy.get_ylabel() == "energy per recurrence [MJ]"
    assert lines_of(energy)["default+full"][1] == [2, 3, 2]
    assert time.get_ylabel() == "time per recurrence [d]"
    assert lines_of(time)["default+full"][1] == pytest.approx([4e6 / 86400, 6e6 / 86400, 4e6 / 86400])


def test_batch_sizes_are_medians_that_were_chosen(make_runs, make_table):
    """Where seeds disagree the line is at their median, never at a size between two; ticks are sizes."""
    sizes = [[32, 8], [32, 8], [32, 64], [32, 128]]
    result = make_table(*(make_runs(1, 1, seed=seed, batch_sizes=chosen) for seed, chosen in enumerate(sizes)))
    ax = plot.batch_size(result)
    assert lines_of(ax)["default+full"][1] == [32, 8]
    (band,) = ax.collections
    at_second = band.get_paths()[0].vertices[band.get_paths()[0].vertices[:, 0] == 2.0][:, 1]
    assert (at_second.min(), at_second.max()) == (8, 64)
    assert ax.get_yscale() == "log"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["8", "32", "64"]
    assert ax.get_ylabel() == "batch size chosen [samples]"
    assert "batch size chosen: median and quartiles over seeds" in ax.get_title()


def test_lines_lie_where_the_data_are(two_policies):
    """Nothing is shifted apart; of lines that coincide, the lower one is wider."""
    ax = plot.batch_size(two_policies)
    below, above = ax.lines
    assert all(line.get_transform() == ax.transData for line in ax.lines)
    assert below.get_linewidth() > above.get_linewidth()


def test_bands_reach_from_quartile_to_quartile(two_policies):
    """The band around the thrifty line in recurrence 3, where the seeds spend 50, 51 and 52 J."""
    ax = plot.energy(two_policies, policies=["thrifty"])
    (band,) = ax.collections
    at_third = band.get_paths()[0].vertices[band.get_paths()[0].vertices[:, 0] == 3.0][:, 1]
    assert at_third.min() == 50.5
    assert at_third.max() == 51.5


def test_of_many_policies_six_are_drawn_and_the_others_named(make_runs, make_table):
    """The baseline, the published policies and the oracle, then the cheapest; a note says who is left out."""
    costs = {"random": 9, "default+full": 8, "a": 3, "b": 2, "c": 1, "gts": 5, "pruning-gts": 4, "oracle+oracle": 1}
    result = make_table(*(make_runs(cost, cost, policy=policy) for policy, cost in costs.items()))
    ax = plot.energy(result)
    assert list(lines_of(ax)) == ["default+full", "pruning-gts", "gts", "oracle+oracle", "c", "b"]
    assert "Without a line: random, a." in ax.figure.get_supxlabel()
    assert len(lines_of(plot.energy(result, policies=list(costs)))) == 8


def test_eleven_policies_differ_not_by_colour_alone(make_runs, make_table):
    """On request all are drawn, each with a colour and a marker of its own."""
    result = make_table(*(make_runs(1, 2, policy=f"p{i}") for i in range(11)))
    ax = plot.energy(result, policies=[f"p{i}" for i in range(11)])
    assert len({line.get_color() for line in ax.lines}) == 11
    assert len({line.get_marker() for line in ax.lines}) == 11


def test_a_picture_says_which_seeds_it_lacks(make_runs, make_table):
    """Survivors look cheaper than they are."""
    failed = [{"policy": "gts", "job": JOB, "gpu": "v100", "seed": 1, "error": "x"}]
    elsewhere = [{**failed[0], "job": "another", "policy": "ucb"}]
    replays = [make_runs(1, policy="gts", seed=seed) for seed in range(3)]
    for draw in (plot.energy, plot.batch_size, plot.plane):
        note = draw(make_table(*replays, failures=failed + elsewhere)).figure.get_supxlabel()
        assert note.startswith("gts: 1 of 3 seeds did not get through")
        assert "ucb" not in note


def test_submissions_of_groups_are_counted_within_their_group(make_runs, make_table):
    """Sparse and dense groups are not one sequence: axis and title say what is drawn as one."""
    ax = plot.energy(make_table(*(make_runs(1, 2, group=group, seed=seed) for group in "ab" for seed in (0, 1))))
    assert ax.get_xlabel() == "submission, counted within its group"
    assert "energy per submission: median and quartiles over seeds and groups" in ax.get_title()
    assert ax.get_ylabel() == "energy per submission [J]"


def test_the_axis_says_from_where_on_recurrences_are_pooled(make_runs, make_table):
    """Few recurrences are drawn one by one, and then nothing needs saying."""
    assert plot.energy(make_table(make_runs(*[1] * 7))).get_xlabel() == "recurrence"
    assert plot.energy(make_table(make_runs(*[1] * 9))).get_xlabel().endswith("(from 8 on, a point pools several)")
    assert first_pooled(8) is None


def test_one_seed_has_no_quartiles(make_runs, make_table):
    """A title that promises them would be wrong."""
    assert plot.energy(make_table(make_runs(1, 2, seed=7))).get_title().endswith("energy per recurrence: seed 7")


def test_titles_say_job_gpu_and_synthetic(two_policies):
    """A picture that is passed on still says what it shows."""
    two_policies.attrs["manifest"]["traces"]["synthetic"] = True
    for draw in (plot.energy, plot.time, plot.batch_size):
        title = draw(two_policies).get_title()
        assert "squad (bert" in title
        assert "on v100" in title
        assert "SYNTHETIC" in title


def test_axes_of_the_caller_are_drawn_into(two_policies):
    """Axes that are given come back, without a legend in the way."""
    ax = Figure().add_subplot()
    assert plot.energy(two_policies, ax=ax) is ax
    assert not ax.figure.legends
    assert plot.energy(two_policies).figure.legends


def test_the_legend_lies_beside_the_data(two_policies):
    """A legend that covers lines hides what it explains."""
    ax = plot.energy(two_policies)
    ax.figure.draw_without_rendering()
    (legend,) = ax.figure.legends
    assert legend.get_window_extent().x0 >= ax.get_window_extent().x1


def test_policies_can_be_chosen_and_ordered(two_policies):
    """Only those asked for, in their order."""
    assert list(lines_of(plot.energy(two_policies, policies=["thrifty"]))) == ["thrifty"]


def test_two_jobs_are_refused(make_runs, make_table, two_policies):
    """One picture, one job; the message says how to choose."""
    from simulator.job import Job

    other = replace(Job("squad", "bert", "adamw", 84.0, 6, default_bs=32), dataset="cifar")
    result = make_table(make_runs(1), make_runs(1, job=other))
    with pytest.raises(ReplayError, match="one job on one GPU"):
        plot.energy(result)


@given(st.integers(1, 3000))
def test_pools_keep_order_and_lie_within_themselves(n):
    """Pools are ever longer stretches of neighbours; the first are single recurrences."""
    drawn = pooled(np.arange(n))
    assert (np.diff(drawn) >= 0).all()
    assert drawn[:5].tolist() == [1, 2, 3, 4, 5][:n]
    for at in np.unique(drawn):
        members = np.flatnonzero(drawn == at) + 1
        assert members[0] <= at + 1e-9
        assert at <= members[-1] + 1e-9
        assert members[-1] <= 2**0.25 * members[0]


def test_drawing_needs_neither_pyplot_nor_a_display():
    """pyplot keeps state and may look for a display; a program that draws must not be made to."""
    code = "import sys, simulator.plot as p; p.draw_job; print('matplotlib' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
