"""Writes the report: finds, reads, draws, and leaves one file, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike

__all__ = ["Written", "write"]


@dataclass(frozen=True)
class Written:
    """What became of a report.

    Parameters
    ----------
    path
        The file.
    sections
        Ids of the sections that it has, in their order.
    missing
        What it could also show: a title, and the command that would add it.
    problems
        What was there and could not be read: names and reasons.
    """

    path: Path
    sections: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def write(
    folders: str | PathLike[str] | Sequence[str | PathLike[str]],
    path: str | PathLike[str],
    *,
    title: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Written:
    """Write one self-contained page that shows what folders of results hold.

    The same results give the same bytes. Nothing is fetched when the page is opened.

    Parameters
    ----------
    folders
        Folders that ``simulator study``, ``replay``, ``compare``, ``front``, ``sensitivity``, ``transfer``, ``price``
        or ``grid`` wrote; what lies one level below them is found, too.
    path
        Where to. The file appears whole under its name, or not at all.
    title
        Heading of the page. Default: what was compared.
    progress
        Called with how many figures are drawn, and of how many.

    Returns
    -------
    Written
        The file, its sections, and what is missing.

    Raises
    ------
    ReplayError
        If the folders hold nothing that could be shown.
    """
    from simulator.report.evidence import gather
    from simulator.report.find import find
    from simulator.report.page.build import build
    from simulator.trace.files import whole_file

    evidence = gather(find(folders))
    page = build(evidence, title=title, progress=progress)
    with whole_file(path) as temporary:
        temporary.write_text(page.html, encoding="utf-8", newline="\n")
    problems = {problem.label: problem.reason for problem in evidence.problems}
    return Written(Path(path), page.sections, page.missing, problems)
