"""The picture of a grid shows what its cells came to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fabricated import a_plan, collect_into, epoch_time_s, power_w
from matplotlib.figure import Figure

from simulator.collect import plot_cells
from simulator.errors import CollectError


def points_of(ax):
    """Points and half bars by label."""
    return {
        bars.get_label(): (bars.lines[0].get_xdata().tolist(), bars.lines[0].get_ydata().tolist(), bars.lines[2][0])
        for bars in ax.containers
    }


def heights_of(bars):
    return [segment[1, 1] - segment[0, 1] for segment in bars.get_segments()]


def notes_of(ax):
    return [text.get_text() for text in ax.figure.texts]


def test_a_line_per_limit_over_batch_sizes(tmp_path):
    """Power in W and time in a unit that suits it, at the batch sizes."""
    collect_into(tmp_path, a_plan())
    power, time = plot_cells(tmp_path)
    for ax, truth in ((power, power_w), (time, epoch_time_s)):
        lines = points_of(ax)
        assert list(lines) == ["300 W", "200 W"]
        for limit in (300, 200):
            sizes, values, _ = lines[f"{limit} W"]
            assert sizes == [8, 16]
            assert values == pytest.approx([truth(8, limit), truth(16, limit)])
        assert [label.get_text() for label in ax.get_xticklabels()] == ["8", "16"]
        assert ax.get_ylim()[0] == 0
        assert ax.get_xlabel() == "batch size [samples]"
    assert (power.get_ylabel(), time.get_ylabel()) == ("average power [W]", "time per epoch [s]")


def test_bars_are_uncertainty_and_spread(tmp_path):
    """Power's are 1/256 of it to either side, as the windows say; the epochs are all alike, so time's are none."""
    collect_into(tmp_path, a_plan())
    power, time = plot_cells(tmp_path)
    _, _, bars = points_of(power)["300 W"]
    assert heights_of(bars) == pytest.approx([2 * power_w(8, 300) / 256, 2 * power_w(16, 300) / 256])
    _, _, bars = points_of(time)["300 W"]
    assert heights_of(bars) == pytest.approx([0, 0], abs=1e-9)


def test_times_far_apart_are_on_a_logarithmic_axis(tmp_path):
    """So that the short ones can be told apart, too; power never is."""
    collect_into(tmp_path, a_plan(batch_sizes=(8, 16, 1024)))
    power, time = plot_cells(tmp_path)
    assert (power.get_yscale(), time.get_yscale()) == ("linear", "log")
    low, high = time.get_ylim()
    assert 0 < low < epoch_time_s(1024, 300) < epoch_time_s(8, 200) < high


def test_flagged_cells_are_hollow_and_named(tmp_path):
    """Not by colour alone."""

    def change(result):
        doubtful = result.spec.kind == "power" and result.spec.batch_size == 16 and result.spec.power_limit_w == 200
        return replace(result, flags=("throttled",)) if doubtful else result

    collect_into(tmp_path, a_plan(), change=change)
    power, _ = plot_cells(tmp_path)
    hollow = [line for line in power.lines if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert [line.get_xdata().tolist() for line in hollow] == [[16]]
    assert any("hollow, throttled: batch size 16 at 200 W" in note for note in notes_of(power))


def test_missing_cells_are_named(tmp_path):
    """With the reason."""
    collect_into(tmp_path, a_plan(), change=lambda made: made if made.spec.batch_size == 8 else None)
    power, _ = plot_cells(tmp_path)
    assert points_of(power)["300 W"][0] == [8]
    assert any("not drawn, not run yet: batch size 16 at 300 W, 16 at 200 W" in note for note in notes_of(power))


def test_data_slices_are_averaged(tmp_path):
    """A point a cell, whatever it was trained on."""

    def change(result):
        window = result.window
        return replace(result, window=replace(window, time_s=window.time_s * (1 + result.spec.slice)))

    collect_into(tmp_path, a_plan(slices=(0, 1), full=True, from_environment=("slice_number",)), change=change)
    _, time = plot_cells(tmp_path)
    sizes, times, _ = points_of(time)["200 W"]
    assert sizes == [8, 16]
    assert times == pytest.approx([1.5 * epoch_time_s(8, 200), 1.5 * epoch_time_s(16, 200)])


def test_simulated_gpus_are_named_so(tmp_path):
    """In the title of the figure."""
    collect_into(tmp_path, a_plan(), gpus=("NVIDIA H100 (simulated)",))
    title = plot_cells(tmp_path)[0].figure.get_suptitle()
    assert title == "SIMULATED, not measured: NVIDIA H100\ndigits, mlp, sgd"


def test_times_alone_are_drawn_too(tmp_path):
    """The panel of power says why it is empty."""
    collect_into(tmp_path, a_plan(power_limits_w=None), gpus=(), change=lambda r: replace(r, num_gpus=0))
    power, time = plot_cells(tmp_path)
    assert [text.get_text() for text in power.texts] == ["no GPU was read:\ntimes only"]
    assert points_of(time)["power limit not known"][1] == pytest.approx([epoch_time_s(8, None), epoch_time_s(16, None)])


def test_it_draws_on_given_axes(tmp_path):
    """And leaves their figure to its owner."""
    collect_into(tmp_path, a_plan())
    figure = Figure()
    axes = tuple(figure.subplots(2, 1))
    assert plot_cells(tmp_path, axes=axes) == axes
    assert figure.legends == []


def test_nothing_to_draw_is_an_error(tmp_path):
    """It says what is missing."""
    with pytest.raises(CollectError, match="holds no collection"):
        plot_cells(tmp_path)
    collect_into(tmp_path, a_plan(), change=lambda result: None)
    with pytest.raises(CollectError, match=r"no cell to draw: .*; the first one: not run yet"):
        plot_cells(tmp_path)
