"""The picture of a run's power shows what was recorded."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulator.collect import plot_power, read_events
from simulator.collect.plots.power import title_of
from simulator.collect.plots.series import MOST_POINTS, series_of
from simulator.collect.plots.spans import Span, flagged
from simulator.collect.protocol import Event
from simulator.errors import SampleError

ZERO_NS = 10**15


def a_record(power_w=lambda time_s: 250.0 + 0 * time_s, *, seconds=12.0, gpus=1, period_s=0.05, without=(), **names):
    """Samples of GPUs that draw a power each, read every so often, whose counter updates every 100 ms."""
    fine_s = np.arange(0, seconds + 1, 0.001)
    energy_j = np.concatenate([[0.0], np.cumsum(power_w(fine_s))[:-1] * 0.001])
    time_s = np.arange(0, seconds, period_s)
    for start_s, end_s in without:
        time_s = time_s[(time_s < start_s) | (time_s >= end_s)]
    frames = []
    for gpu in range(gpus):
        before_ns = ZERO_NS + np.round(time_s * 1e9).astype(np.int64) + 60_000 * gpu
        updated_s = np.floor(time_s * 10 + 1e-9) / 10
        frame = {"tick": np.round(time_s / period_s).astype(int), "gpu": gpu}
        frame |= {"before_ns": before_ns, "after_ns": before_ns + 20_000}
        frame |= {"power_instant_mw": 1e3 * power_w(time_s), "power_average_mw": 1e3 * power_w(time_s)}
        frames.append(pd.DataFrame({**frame, "energy_mj": 1e3 * (5000 + np.interp(updated_s, fine_s, energy_j))}))
    samples = pd.concat(frames, ignore_index=True)
    samples.attrs["collection"] = {"names": [names.get("name", "NVIDIA A100")] * gpus}
    return samples


def told(epochs, *, begin_s=2.0, epoch_s=1.0, validation_s=0.25):
    """Events of so many epochs."""
    events = [Event("run_start", ZERO_NS + round(begin_s * 1e9), 0, 7, 0)]
    for number in range(epochs):
        start_s = begin_s + number * epoch_s
        trained_s, end_s = start_s + epoch_s - validation_s, start_s + epoch_s
        moments = (("epoch_start", start_s), ("train_end", trained_s), ("eval_end", end_s), ("epoch_end", end_s))
        events += [Event(kind, ZERO_NS + round(at * 1e9), 0, 7, 0, {"epoch": number}) for kind, at in moments]
    return events


def lines_of(ax):
    """Lines by label, as arrays of x and y."""
    return {line.get_label(): line.get_data() for line in ax.lines}


def bars_of(ax, label):
    """Where shades of a kind begin and end."""
    for shade in ax.collections:
        if shade.get_label() == label:
            extents = [path.get_extents() for path in shade.get_paths()]
            return [(round(extent.x0, 3), round(extent.x1, 3)) for extent in extents]
    return []


def numbers_of(ax):
    return [text.get_text() for text in ax.texts]


def test_three_powers_in_watts_over_seconds_since_the_run_began():
    """Instantaneous, mean of a second, and the counter's: the same where power is steady."""
    ax = plot_power(a_record(), told(3))
    lines = lines_of(ax)
    assert list(lines) == ["instantaneous", "mean of 1 s", "energy counter, per update"]
    for x, y in lines.values():
        assert x[0] == pytest.approx(-2, abs=0.001)
        assert y[np.isfinite(y)] == pytest.approx(250)
        assert np.isfinite(y).mean() > 0.97
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time since the run began [s]", "power [W]")
    assert ax.get_ylim()[0] == 0
    assert ax.get_title() == "NVIDIA A100"


def test_the_counter_tells_power_that_changes():
    """A step from 100 W to 300 W is one in the counter's line, at its time."""
    ax = plot_power(a_record(lambda t: np.where(t < 6, 100.0, 300.0)), told(1, begin_s=0))
    x, y = lines_of(ax)["energy counter, per update"]
    assert y[(x > 0.5) & (x < 5.8)] == pytest.approx(100)
    assert y[(x > 6.2) & (x < 11.5)] == pytest.approx(300)


def test_gpus_are_added_up():
    """Four GPUs of 250 W are 1000 W."""
    ax = plot_power(a_record(gpus=4))
    for _, y in lines_of(ax).values():
        assert y[np.isfinite(y)] == pytest.approx(1000)
    assert ax.get_title() == "4 × NVIDIA A100"
    assert ax.get_xlabel() == "time since the first sample [s]"


def test_epochs_are_shaded_and_numbered_with_their_validation_apart():
    """Each at its time; training and validation have shades of their own."""
    ax = plot_power(a_record(), told(3))
    assert bars_of(ax, "training") == [(0, 0.75), (1, 1.75), (2, 2.75)]
    assert bars_of(ax, "validation") == [(0.75, 1), (1.75, 2), (2.75, 3)]
    assert numbers_of(ax) == ["1", "2", "3"]
    training, validation = (c.get_facecolor()[0][:3].mean() for c in ax.collections)
    assert validation > training


@pytest.mark.parametrize(("epochs", "numbered"), [(16, 16), (17, 8), (100, 10), (1000, 10)])
def test_many_epochs_are_all_shaded_and_some_numbered(epochs, numbered):
    """An eye can read sixteen numbers, and round ones."""
    ax = plot_power(a_record(), told(epochs, epoch_s=9 / epochs, validation_s=0))
    assert len(bars_of(ax, "training")) == epochs
    assert len(numbers_of(ax)) == numbered
    assert bars_of(ax, "validation") == []


@pytest.mark.parametrize(("epoch_s", "numbers"), [(0.001, ["1–50"]), (0.04, ["20", "40"])])
def test_epochs_too_short_for_a_number_each_share_one(epoch_s, numbers):
    """Numbers never lie on top of each other."""
    assert numbers_of(plot_power(a_record(), told(50, epoch_s=epoch_s, validation_s=0))) == numbers


def test_events_may_be_a_table_a_list_or_a_file(tmp_path):
    """All three give the same picture."""
    import json

    lines = [{"v": 1, "k": e.kind, "mono_ns": e.mono_ns, "wall_ns": 0, "pid": 7, "rank": 0, **e.data} for e in told(3)]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    pictures = [plot_power(a_record(), events) for events in (told(3), file, read_events(file))]
    assert len({str(bars_of(ax, "training")) for ax in pictures}) == 1
    assert [numbers_of(ax) for ax in pictures] == [["1", "2", "3"]] * 3


def test_the_enforced_limit_is_a_line():
    """Of all GPUs together."""
    slow = pd.DataFrame(
        [
            {"mono_ns": ZERO_NS + second * 10**9, "gpu": gpu, "enforced_limit_mw": 300_000 if second < 5 else 200_000}
            for second in range(10)
            for gpu in (0, 1)
        ]
    )
    x, y = lines_of(plot_power(a_record(gpus=2), slow=slow))["enforced limit"]
    assert x.tolist() == list(range(10))
    assert y.tolist() == [600] * 5 + [400] * 5


def test_lines_break_where_nothing_was_read():
    """A straight line across a gap would be made up."""
    ax = plot_power(a_record(without=[(4, 7.03)]))
    for x, y in lines_of(ax).values():
        assert np.isnan(y[(x > 4.05) & (x < 6.95)]).all()
        assert len(y[(x > 4.05) & (x < 6.95)]) > 0
        assert y[np.isfinite(y)] == pytest.approx(250, rel=0.002)


def test_zeros_and_failed_reads_are_not_drawn():
    """They are no power."""
    samples = a_record()
    samples.loc[100:110, "power_instant_mw"] = 0
    samples.loc[120:130, "power_instant_mw"] = None
    _, y = lines_of(plot_power(samples))["instantaneous"]
    assert np.isnan(y[100:111]).all()
    assert np.isnan(y[120:131]).all()
    assert y[np.isfinite(y)] == pytest.approx(250)


def test_a_gpu_without_counter_has_no_line_of_it():
    """Nor one of the mean, if there is none."""
    samples = a_record().assign(energy_mj=np.nan, power_average_mw=np.nan)
    assert list(lines_of(plot_power(samples))) == ["instantaneous"]


def test_long_runs_are_pooled_and_keep_their_extremes():
    """An hour is some hundred points; its highest peak is in the range that is drawn, and its mean is kept."""
    samples = a_record(seconds=3600.0)
    samples.loc[30_000, "power_instant_mw"] = 390_000
    series = series_of(samples, ZERO_NS)
    assert len(series.time_s) <= MOST_POINTS
    assert series.high_w.max() == 390
    assert series.instant_w.mean() == pytest.approx(250, abs=0.1)
    ax = plot_power(samples)
    assert f"instantaneous, mean of {series.bin_s:.2g} s" in lines_of(ax)
    assert "instantaneous, range" in [shade.get_label() for shade in ax.collections]
    assert ax.get_ylim()[1] > 390


def test_simulated_data_are_named_so():
    """Nobody is to take them for measured ones."""
    title = plot_power(a_record(name="NVIDIA H100 80GB HBM3 (simulated)")).get_title()
    assert title == "SIMULATED, not measured: NVIDIA H100 80GB HBM3"
    assert title_of(["A", "B", "A"], "run") == "2 × A, B\nrun"


def test_flags_are_named_by_epoch():
    """Three in a row are a range."""
    spans = [Span(n, n, n + 1, n + 1, ("gap", "short") if n in (2, 3, 4, 9) else ()) for n in range(1, 12)]
    assert flagged(spans) == ["! gap: epochs 2–4, 9", "! short: epochs 2–4, 9"]
    assert flagged(spans[:1]) == []


def test_it_draws_on_given_axes():
    """And leaves their figure to its owner: no legend, no notes."""
    figure = Figure()
    ax = figure.add_subplot()
    assert plot_power(a_record(), ax=ax) is ax
    assert figure.legends == []


def test_no_samples_are_an_error():
    """As are tables that are none."""
    with pytest.raises(SampleError, match="no samples to draw"):
        plot_power(a_record().iloc[:0].assign(before_ns=0))
    with pytest.raises(SampleError, match="lack energy_mj"):
        plot_power(a_record().drop(columns="energy_mj"))


def test_drawing_needs_no_pyplot():
    """It works where there is no display, and leaves no figures behind."""
    code = "import simulator.collect.plots, sys; print([m for m in sys.modules if m.startswith('matplotlib')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    plot_power(a_record())
    assert "matplotlib.pyplot" not in sys.modules
