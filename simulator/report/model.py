"""What a page is made of: sections that hold figures, tables and remarks, each about a job, a GPU and policies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure as Canvas

__all__ = ["Axis", "Bar", "Cell", "Column", "Drawing", "Place", "Row", "Section", "Table"]


@dataclass(frozen=True)
class Place:
    """What something is about, for filters; an empty word means that it is about all.

    Parameters
    ----------
    job
        Short name of a job.
    gpu
        Name of a GPU.
    """

    job: str = ""
    gpu: str = ""

    def __str__(self) -> str:
        return " on ".join(word for word in (self.job, self.gpu) if word)


@dataclass(frozen=True)
class Bar:
    """An interval as it is drawn within a cell, on the axis of its column; all on a scale from 0 to 100.

    Parameters
    ----------
    low, middle, high
        Where it begins, where the estimate lies, and where it ends.
    """

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Axis:
    """The axis of the bars in a column, on the same scale.

    Parameters
    ----------
    zero
        Where there is no difference.
    ticks
        Places, and what stands there.
    """

    zero: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name
        Its heading, with the unit.
    numeric
        Whether it holds numbers, which stand to the right and are sorted as such.
    prose
        Whether it holds sentences, which may break into lines.
    axis
        Axis of the bars in its cells, if it has any.
    """

    name: str
    numeric: bool = False
    prose: bool = False
    axis: Axis | None = None


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Parameters
    ----------
    text
        What stands there.
    key
        What it is sorted by; None: by its text. Missing numbers are sorted last.
    note
        What stands behind it in smaller type, such as an interval.
    mark
        What kind of verdict it is, for its looks; empty if none.
    sign, word
        A sign that stands before it, and what it stands for; empty if none.
    bar
        The same as a drawing before the number, if its column has an axis.
    """

    text: str
    key: float | None = None
    note: str = ""
    mark: str = ""
    sign: str = ""
    word: str = ""
    bar: Bar | None = None


@dataclass(frozen=True)
class Row:
    """A row of a table, what it is about (see `Place`), and whether it sums up the others."""

    cells: tuple[Cell, ...]
    place: Place = Place()
    policy: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """A table that can be sorted and filtered.

    Parameters
    ----------
    name
        Part of its id; unlike any other on the page.
    caption
        What it shows.
    columns, rows
        What stands in it. The first column heads its row.
    note
        What to know about its numbers.
    tag
        What nobody recorded; stands behind the caption.
    folded
        Whether it is shown when asked for.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    tag: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Drawing:
    """A figure, before it is drawn.

    Parameters
    ----------
    name
        Its id; unlike any other on the page.
    title
        What it shows.
    finding
        What there is to see, in words: for those who cannot see it, and as a caption.
    draw
        Draws it.
    place
        What it is about.
    policies
        Policies that have artists of their own in it; they are explained below it.
    tag
        What nobody recorded; stands behind the title.
    wide
        Whether it takes the whole width.
    """

    name: str
    title: str
    finding: str
    draw: Callable[[], Canvas]
    place: Place = Place()
    policies: tuple[str, ...] = ()
    tag: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Parameters
    ----------
    name
        Its id.
    title
        Its heading.
    lead
        How to read it, in a sentence or two.
    drawings, tables, notes
        What it holds.
    first
        How many figures are shown at once; the others are folded.
    """

    name: str
    title: str
    lead: str
    drawings: tuple[Drawing, ...] = field(default=())
    tables: tuple[Table, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
    first: int = 2
