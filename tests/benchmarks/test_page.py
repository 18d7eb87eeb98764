"""The page of a run opens by itself, and shows what is there and what is not."""

from __future__ import annotations

import pytest
from suite.page import chart, figure, write_page

HOSTILE = "<img src=x onerror=document.title='broken'>"


@pytest.fixture
def page(made_up, tmp_path):
    """A page with one scenario of each kind, some with hostile words."""
    ratio = {"unit": "times", "better": "higher", "value": 20_000.0, "low": 15_000.0, "high": 30_000.0}
    document = made_up(
        {"id": "engine/fast", **ratio, "against": "zeus 0.16.0", "parameters": {"n_seeds": 3}},
        {"id": "engine/slow", **ratio, "better": "lower", "value": 2.0, "low": None, "high": None},
        {"id": "engine/broken", "state": "failed", "error": HOSTILE},
        {"id": "sweep/left-out", "state": "skipped", "reason": "not installed"},
        {"id": "collector/energy-error"},
    )
    write_page(document, tmp_path / "page.html")
    return tmp_path / "page.html"


def test_bars_lie_between_one_and_their_figure():
    """On a logarithmic scale, to the right above 1 and to the left below."""
    usual = {"state": "measured", "unit": "times", "low": None, "high": None}
    found = chart([{**usual, "value": value} for value in (100.0, 0.01, 1.0)])
    more, less, none = found["bars"]
    assert more["x"] == found["one"] == less["x"] + less["width"]
    assert more["width"] == pytest.approx(less["width"])
    assert none["width"] == 1
    assert [tick["words"] for tick in found["ticks"]] == ["0.0100", "0.100", "1.00", "10.0", "100"]
    assert chart([{**usual, "unit": "s", "value": 3.0}]) is None


def test_numbers_have_three_digits():
    """Whatever their size."""
    assert [figure(value) for value in (0, 0.00001, 0.1234, 12.34, 23456.7)] == [
        "0",
        "1.00e-05",
        "0.123",
        "12.3",
        "23,457",
    ]


def test_the_page_opens_without_a_network_and_without_complaint(page, browser):
    """In a real browser: nothing on the console, nothing asked for elsewhere, nothing of a hostile word executed."""
    opened = browser.new_page(viewport={"width": 390, "height": 800})
    faults = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text))
    opened.on("request", lambda request: request.url.startswith(("file:", "data:")) or faults.append(request.url))
    opened.goto(page.as_uri())
    assert faults == []
    assert opened.title() == "Benchmarks of trace-simulator"
    assert "3 scenarios measured, 1 skipped, 1 failed" in opened.locator("body").inner_text()
    assert opened.locator("tbody tr").count() == 5
    assert opened.locator("svg rect").count() == 2
    assert HOSTILE in opened.locator("tbody").first.inner_text()
    wide = opened.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "on a phone, tables scroll and the page does not"
