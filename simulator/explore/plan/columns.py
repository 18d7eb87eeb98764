"""What the table of a grid shows: columns, and groups of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from simulator.errors import GridError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Group", "Leaf", "group", "leaf"]


@dataclass(frozen=True)
class Leaf:
    """One column.

    Parameters
    ----------
    name
        Key of its values.
    format
        How a value is written, as in `format`; None writes it as it is.
    display
        Its heading; None means ``name``.
    align
        ``"<"`` for the left, ``">"`` for the right, ``"^"`` for the middle; None leaves it to the table, which puts
        numbers to the right.
    """

    name: str
    format: str | None = None
    display: str | None = None
    align: Literal["<", ">", "^"] | None = None

    def __post_init__(self) -> None:
        if self.align not in (None, "<", ">", "^"):
            raise GridError(f"column {self.name!r} is aligned {self.align!r}: use '<', '>', '^' or None")
        if self.format is not None and not any(_takes(self.format, value) for value in (0, 0.0, "", True)):
            raise GridError(f"column {self.name!r} has the format {self.format!r}, which format() takes for no value")

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.name if self.display is None else self.display

    def text(self, value: Any) -> str:
        """Write a value; nothing for None, and as it is where the format is not for such a value.

        Examples
        --------
        >>> leaf("energy_j", ".1f").text(2.25), leaf("energy_j", ".1f").text("unknown"), leaf("energy_j").text(None)
        ('2.2', 'unknown', '')
        """
        if value is None:
            return ""
        return format(value, self.format) if self.format is not None and _takes(self.format, value) else str(value)


@dataclass(frozen=True)
class Group:
    """Columns under one heading; its values are a dictionary in the one of the line.

    Parameters
    ----------
    name
        Key of the dictionary.
    leaves
        The columns, or further groups.
    display
        Its heading; None means ``name``.
    """

    name: str
    leaves: tuple[Leaf | Group, ...]
    display: str | None = None

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.name if self.display is None else self.display


def leaf(
    name: str,
    format: str | None = None,  # noqa: A002  # the word of format(), which it is for
    display: str | None = None,
    align: Literal["<", ">", "^"] | None = None,
) -> Leaf:
    """Make a column; see `Leaf`.

    Raises
    ------
    GridError
        If ``format`` is for no value, or ``align`` is none.
    """
    return Leaf(name, format, display, align)


def group(name: str, leaves: Sequence[Leaf | Group], display: str | None = None) -> Group:
    """Make a group of columns; see `Group`.

    Examples
    --------
    >>> group("test", [leaf("loss", ".3f"), leaf("accuracy", ".1%")]).leaves[1].text(0.915)
    '91.5%'
    """
    return Group(name, tuple(leaves), display)


def _takes(spec: str, value: Any) -> bool:
    try:
        format(value, spec)
    except (ValueError, TypeError):
        return False
    return True
