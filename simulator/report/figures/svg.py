"""Turns a figure into SVG that can stand in a page: small, the same every time, with ids that no other figure has.

The page forbids styles within elements, so that what matplotlib writes as ``style="..."`` becomes attributes.
"""

from __future__ import annotations

import re
import warnings
from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from simulator.report.damage import cleaned
from simulator.report.figures.panel import look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["inline"]

_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_POLICY = "policy:"

_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"^(?:(?:italic|oblique|bold|normal|\d{3}) )*([\d.]+)px .*$")

#: Digits after the decimal point of coordinates [pt]: a tenth of a pixel is seen by nobody.
_DECIMALS = 2

#: Attributes that hold coordinates.
_COORDINATES = ("d", "points", "transform", "x", "y", "width", "height", "x1", "x2", "y1", "y2", "r", "cx", "cy")

#: What holds anyway, by the page's own style.
_USUAL = {
    "stroke-linejoin": "round",
    "stroke-linecap": "butt",
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "text-anchor": "start",
}


def inline(figure: Figure, *, name: str, label: str, description: str = "") -> str:
    """Write a figure as an ``<svg>`` element.

    Parameters
    ----------
    figure
        The figure. Artists with the id ``policy:NAME`` get ``data-policy="NAME"``.
    name
        What its ids begin with; unlike that of any other figure of the page.
    label
        Its name, for those who cannot see it; empty if it is but an ornament.
    description
        What there is to see, likewise.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    stream = StringIO()
    with rc_context(look()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # letters are those of the page, whose fonts have more
        if layout := figure.get_layout_engine():  # once, now; `savefig` would draw everything twice for it
            FigureCanvasSVG(figure)  # letters have the width that this backend gives them
            layout.execute(figure)
            figure.set_layout_engine("none")
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Type": None, "Format": None})
    text = re.sub(r"<!DOCTYPE[^>]*>|<\?xml[^>]*\?>", "", cleaned(stream.getvalue()))
    root = ET.fromstring(text)  # noqa: S314 - what matplotlib wrote a moment ago
    _tidy(root)
    _rename(root, name)
    _describe(root, name, label, description)
    ET.register_namespace("", _SVG.strip("{}"))
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
    return ET.tostring(root, encoding="unicode")


def _tidy(root: ET.Element) -> None:
    """Leave out what nobody sees, and turn styles into attributes."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
                parent.remove(child)
    for element in root.iter():
        _plain_attributes(element)
        if element.tag not in (f"{_SVG}text", f"{_SVG}tspan"):
            element.text = None
        element.tail = None


def _plain_attributes(element: ET.Element) -> None:
    if reference := element.attrib.pop(f"{_XLINK}href", None):
        element.set("href", reference)
    for key, value in _declarations(element.attrib.pop("style", "")):
        if _USUAL.get(key) != value:
            element.set(key, value)
    for key in set(_COORDINATES) & set(element.attrib):
        element.set(key, " ".join(_NUMBER.sub(_rounded, element.attrib[key]).split()))


def _declarations(style: str) -> list[tuple[str, str]]:
    """Take declarations apart; of fonts, the size is kept, since letters are those of the page."""
    pairs = []
    for declaration in filter(None, map(str.strip, style.split(";"))):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font":
            key, value = "font-size", _FONT.sub(r"\1", value)
        if key != "font-family":
            pairs.append((key, value))
    return pairs


def _rounded(match: re.Match[str]) -> str:
    text = f"{float(match[0]):.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _rename(root: ET.Element, name: str) -> None:
    """Give what is referred to an id of this figure, policies their attribute, and drop all other ids."""
    wanted = [_referred(element) for element in root.iter()]
    new = {old: f"{name}-{i}" for i, old in enumerate(dict.fromkeys(each for found in wanted for each in found))}
    for element in root.iter():
        old = element.attrib.pop("id", "")
        if old.startswith(_POLICY):
            element.set("data-policy", old.removeprefix(_POLICY))
        elif old in new:
            element.set("id", new[old])
        for key, value in element.attrib.items():
            if key == "href" and value.startswith("#"):
                element.set(key, f"#{new[value[1:]]}")
            elif "url(#" in value:
                element.set(key, _REFERENCE.sub(lambda match: f"url(#{new[match[1]]})", value))


def _referred(element: ET.Element) -> list[str]:
    found = [match for value in element.attrib.values() for match in _REFERENCE.findall(value)]
    target = element.attrib.get("href", "")
    return [*found, target[1:]] if target.startswith("#") else found


def _describe(root: ET.Element, name: str, label: str, description: str) -> None:
    """Say what it is and what there is to see, and let it grow with the page."""
    for key in ("version", "width", "height"):
        root.attrib.pop(key, None)
    if not label:
        root.set("aria-hidden", "true")
        return
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("aria-describedby", f"{name}-desc")
    desc = ET.Element(f"{_SVG}desc", {"id": f"{name}-desc"})
    desc.text = description
    root.insert(0, desc)
