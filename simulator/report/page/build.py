"""Builds the page: sections from what was found, figures from sections, and one text from all of it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator.report.damage import SPOILT, cleaned, reason
from simulator.report.figures.key import keys
from simulator.report.figures.panel import look
from simulator.report.figures.svg import inline
from simulator.report.find import Problem
from simulator.report.missing import missing
from simulator.report.names import in_order
from simulator.report.origin import origin, scope
from simulator.report.sections import SECTIONS
from simulator.report.summary import described, summarized
from simulator.report.words import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.report.evidence import Evidence
    from simulator.report.model import Drawing, Section

__all__ = ["Page", "build"]

_TEMPLATE = "report.html.j2"
_STYLES = ("base.css", "parts.css", "phone.css", "print.css")
_SCRIPTS = ("filter.js", "sort.js", "page.js")


@dataclass(frozen=True)
class Page:
    """A page, ready to be written.

    Parameters
    ----------
    html
        All of it.
    sections
        Ids of its sections.
    missing
        What it could also show, and the commands for that.
    """

    html: str
    sections: list[str]
    missing: dict[str, str]


class Shown(NamedTuple):
    """A section with its figures drawn."""

    section: Section
    figures: list[tuple[Drawing, str]]
    notes: list[str]

    @property
    def rest(self) -> str:
        """Say what is folded: how many figures, and what they are about; empty if none is."""
        folded = [drawing for drawing, _ in self.figures[self.section.first :]]
        jobs = in_order(filter(None, (drawing.place.job for drawing in folded)))
        return f"{counted(len(folded), 'more figure')}: {listed(jobs, most=12)}" if folded else ""


def build(evidence: Evidence, *, title: str | None = None, progress: Callable[[int, int], None] | None = None) -> Page:
    """Build the page.

    Parameters
    ----------
    evidence
        What was found.
    title
        Its heading. Default: what was compared.
    progress
        Called with how many figures are drawn, and of how many.
    """
    with np.errstate(all="ignore"):  # missing numbers are shown as such
        sections = _sections(evidence)
        shown = _drawn(sections, progress)
        lacking = missing(evidence, {section.name for section in sections})
        html = cleaned(_filled(evidence, shown, title=title or _title(evidence), lacking=lacking))
    return Page(html, [section.name for section in sections], {each.name: each.command for each in lacking})


def _sections(evidence: Evidence) -> list[Section]:
    """Make all sections; of one that cannot be made, the reason stands among the problems."""
    sections = []
    for make in SECTIONS:
        try:
            section = make(evidence)
        except SPOILT as error:
            evidence.problems.append(Problem(f"What the section “{make.__name__}” is made from", reason(error)))
        else:
            sections += [section] if section else []
    return sections


def _title(evidence: Evidence) -> str:
    jobs = evidence.names.jobs()
    about = jobs[0] if len(jobs) == 1 else scope(evidence)
    return f"What policies cost: {about}" if about else "What was found"


def _drawn(sections: Sequence[Section], progress: Callable[[int, int], None] | None) -> list[Shown]:
    """Draw all figures; one that cannot be drawn is named with the reason, and harms no other."""
    from matplotlib import rc_context

    n, done = sum(len(section.drawings) for section in sections), 0
    shown = []
    for section in sections:
        each = Shown(section, [], list(section.notes))
        for drawing in section.drawings:
            try:
                with rc_context(look()):
                    label = ", ".join(filter(None, (drawing.title, drawing.tag)))
                    svg = inline(drawing.draw(), name=drawing.name, label=label, description=drawing.finding)
                each.figures.append((drawing, svg))
            except SPOILT as error:
                each.notes.append(f"{drawing.title} is not drawn: {reason(error)}")
            done += 1
            if progress:
                progress(done, n)
        shown.append(each)
    return shown


def _filled(evidence: Evidence, shown: list[Shown], *, title: str, lacking: list[Any]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    policies = evidence.policies
    elsewhere = [gpu for gpu in evidence.gpus if gpu not in (evidence.replayed[1] or evidence.gpus)]
    here = [gpu for gpu in evidence.gpus if gpu not in elsewhere]
    style, script = (_joined(names) for names in (_STYLES, _SCRIPTS))
    environment = Environment(
        loader=PackageLoader("simulator.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE).render(
        title=title,
        origin=origin(evidence),
        scope=scope(evidence),
        summary=summarized(evidence),
        filters=[
            ("job", "Jobs", evidence.names.jobs()),
            ("gpu", "GPUs", evidence.gpus),
            ("policy", "Policies", policies),
        ],
        elsewhere=elsewhere,
        only_gpu=here[0] if len(here) == 1 else "",
        described=described(policies),
        looks=Markup("".join(keys(policies))),  # noqa: S704 - our own SVG, whose text was escaped when it was written
        order={policy: i for i, policy in enumerate(policies)},
        sections=[each._replace(figures=[(drawing, Markup(svg)) for drawing, svg in each.figures]) for each in shown],  # noqa: S704 - as above
        missing=lacking,
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - likewise
        csp=_policy_of(style, script),
        versions=in_order(
            f"{name} {version}"
            for made in evidence.manifests
            for name, version in made.get("versions", {}).items()
            if name == "trace-simulator"
        ),
    )


def _joined(names: Sequence[str]) -> str:
    folder = resources.files("simulator.report").joinpath("page")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def _policy_of(style: str, script: str) -> str:
    """Forbid everything but this one style and this one script (W3C, Content Security Policy Level 3)."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
