"""Axes and figures as the last value of a notebook's cell, and as SVG."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure

from simulator import plot

PNG = b"\x89PNG\r\n\x1a\n"


def shown(value):
    """What a notebook makes of a cell's value, by media type."""
    return DisplayFormatter().format(value)[0]


def test_axes_show_their_figure(two_policies):
    """A researcher who ends a cell with a plot sees it, without pyplot and without asking for its figure."""
    ax = plot.energy(two_policies)
    picture = shown(ax)["image/png"]
    assert picture.startswith(PNG)
    assert picture == shown(ax.figure)["image/png"] == shown(plot.energy(two_policies))["image/png"]


def test_the_figure_of_a_job_shows_itself(two_policies):
    """`draw_job` returns a figure, since there are four axes."""
    assert shown(plot.draw_job(two_policies))["image/png"].startswith(PNG)


def test_axes_of_the_caller_are_left_as_they_are(two_policies):
    """Whoever brings axes of their own shows them as usual: no second picture beside pyplot's."""
    ax = plot.energy(two_policies, ax=Figure().add_subplot())
    assert "image/png" not in shown(ax)


@pytest.mark.parametrize("font", ["none", "path"])
def test_ids_of_policies_stand_in_the_svg(two_policies, font):
    """A page that holds the SVG finds lines, bands and entries of the legend of a policy by its id."""
    ax, file = plot.energy(two_policies), io.BytesIO()
    with mpl.rc_context({"svg.fonttype": font}):
        ax.figure.savefig(file, format="svg")
    root = ET.fromstring(file.getvalue())  # noqa: S314  # our own
    ids = [element.get("id") for element in root.iter() if element.get("id", "").startswith("policy:")]
    assert ids.count("policy:thrifty") == ids.count("policy:default+full") == 4  # line, band, and two in the legend
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert ("thrifty" in texts) == (font == "none")


def test_every_artist_of_a_policy_has_its_id(two_policies):
    """Points, bars, lines, bands, and the entries of the legend: what is filtered vanishes as a whole."""
    of_policy = {"policy:thrifty", "policy:default+full"}
    for draw in (plot.energy, plot.batch_size, plot.power_limit, plot.plane):
        ax = draw(two_policies)
        drawn = [*ax.lines, *ax.collections]
        assert {artist.get_gid() for artist in drawn} == of_policy
        assert {text.get_gid() for text in ax.figure.legends[0].get_texts()} == of_policy
    assert {bar.get_gid() for bars in plot.exploration(two_policies).containers for bar in bars} == of_policy
    assert {bar.get_gid() for bar in plot.timeline(two_policies, policy="thrifty").containers[0]} == {"policy:thrifty"}


def test_nothing_overlaps_with_twelve_policies_of_long_names(make_runs, make_table):
    """The legend makes the figure wider instead of covering the title, and everything stays within the figure."""
    names = [f"a-package.with-a-long-name:policy-{n}+oracle" for n in range(12)]
    result = make_table(*(make_runs(10 + n, 20, policy=name) for n, name in enumerate(names)))
    result["job"] = "Job(a-dataset-of-a-long-name,a-network-of-a-long-name-too,adamw,84.0,bs1024~1000)"
    for draw in (plot.energy, plot.plane, plot.exploration):
        ax = draw(result, policies=names)
        ax.figure.draw_without_rendering()
        (legend,) = ax.figure.legends
        title, key = ax.title.get_window_extent(), legend.get_window_extent()
        assert not title.overlaps(key)
        words = [ax.get_tightbbox(), title, key]
        width, height = ax.figure.get_size_inches() * ax.figure.dpi
        assert min(box.x0 for box in words) >= 0
        assert min(box.y0 for box in words) >= 0
        assert max(box.x1 for box in words) <= width
        assert max(box.y1 for box in words) <= height
