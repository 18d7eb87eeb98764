"""Figures in the page: policies marked, ids their own, nothing that a strict page forbids, alike every time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from matplotlib import rc_context

from simulator.report.figures.key import keys
from simulator.report.figures.panel import look, panel
from simulator.report.figures.svg import inline

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawn() -> Figure:
    def draw(ax):
        for name, height in (("gts", 1), ("<b>&\"'$\\frac$", 2)):
            (line,) = ax.plot([0, 1, 2], [height] * 3, marker="o", label=name)
            line.set_gid(f"policy:{name}")
        ax.set_title("not shown")
        ax.set_xlabel("time [$]")

    with rc_context(look()):
        return panel(draw)()


def test_policies_are_marked_and_text_stays_text():
    """Ids that begin with policy: become attributes; markup and formulas in names are neither."""
    root = ET.fromstring(inline(drawn(), name="a", label="Lines", description="Two lines."))  # noqa: S314 - our own
    assert [each.get("data-policy") for each in root.iter() if each.get("data-policy")] == ["gts", "<b>&\"'$\\frac$"]
    texts = [each.text for each in root.iter("text")]
    assert "time [$]" in texts
    assert "not shown" not in texts
    assert root.find("desc").text == "Two lines."
    assert root.get("aria-label") == "Lines"


def test_ids_belong_to_one_figure_and_everything_they_name_is_there():
    """All ids begin with the figure's name, and every reference leads to one of them."""
    text = inline(drawn(), name="fig-7", label="Lines", description="Two lines.")
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert all(each.startswith("fig-7-") for each in ids)
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', text)) <= set(ids)
    assert not re.search(r"style=|<style|<metadata|xlink|http:", text)


def test_the_same_figure_gives_the_same_text():
    """No date, no chance, no memory of figures drawn before."""
    first = inline(drawn(), name="a", label="Lines", description="Two lines.")
    keys(["gts", "ucb"])
    assert inline(drawn(), name="a", label="Lines", description="Two lines.") == first
