"""A page of a run: one HTML file that needs nothing else, with a table and bars."""

from __future__ import annotations

import math
import os
from pathlib import Path

import jinja2

from suite.document import noise_of

__all__ = ["page_of", "write_page"]

#: Width of a bar of the largest figure of a room, and what its figures need beside it.
BAR_PX, LABEL_PX = 420, 330
ROW_PX = 22

#: What ids begin with, and how a page calls it.
ROOMS = {
    "engine": "Engines",
    "replay": "One replay behind the published interface",
    "policies": "Policies",
    "coverage": "Intervals of comparisons",
    "sweep": "Sweeps",
    "service": "The service",
    "collector": "The collector, on a SIMULATED GPU",
}


def write_page(document, path):
    """Write the page, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    begun.write_text(page_of(document))
    begun.replace(path)


def page_of(document):
    """Return the page's HTML."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    places = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    places.filters |= {"figure": figure, "duration": duration}
    rooms = {}
    for scenario in document["scenarios"]:
        rooms.setdefault(scenario["id"].partition("/")[0], []).append(_row(scenario, document))
    counts = {
        state: sum(scenario["state"] == state for scenario in document["scenarios"])
        for state in ("measured", "skipped", "failed")
    }
    return places.get_template("page.html.j2").render(
        document=document,
        counts=counts,
        rooms=[{"title": ROOMS.get(name, name), "rows": rows, "chart": chart(rows)} for name, rows in rooms.items()],
        row_px=ROW_PX,
        bar_px=BAR_PX,
        label_px=LABEL_PX,
    )


def _row(scenario, document):
    noise = noise_of(scenario, document) if scenario["state"] == "measured" else ""
    better = scenario["better"]
    return {**scenario, "noise": noise, "direction": better if better.startswith("near") else f"{better} is better"}


def chart(rows):
    """Lay out bars of the ratios of a room, on a logarithmic scale from 1 (no difference); None if there are none."""
    bars = [row for row in rows if row["state"] == "measured" and row["unit"] == "times" and row["value"] > 0]
    if not bars:
        return None
    ends = [end for row in bars for end in (row["value"], row["low"], row["high"]) if end]
    least, most = min(1.0, *ends), max(1.0, *ends)
    span = math.log(most / least) or 1.0

    def place(value):
        return BAR_PX * math.log(max(value, least) / least) / span

    placed = []
    for number, row in enumerate(bars):
        start, end = sorted((place(1.0), place(row["value"])))
        whisker = None if row["low"] is None else (place(row["low"]), place(row["high"]))
        placed.append(
            {"row": row, "y": number * ROW_PX, "x": start, "width": max(end - start, 1.0), "whisker": whisker}
        )
    ticks = [10**power for power in range(math.ceil(math.log10(least)), math.floor(math.log10(most)) + 1)]
    return {
        "bars": placed,
        "ticks": [{"x": place(tick), "words": figure(tick)} for tick in ticks],
        "one": place(1.0),
        "height": len(bars) * ROW_PX,
    }


def figure(value):
    """Write a number with the digits that it deserves."""
    if value is None:
        return ""
    if value == 0 or abs(value) >= 1e15:
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}" if abs(value) >= 1e-3 else f"{value:.2e}"


def duration(seconds):
    """Write a duration."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"
