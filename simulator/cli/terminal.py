"""Where text goes: to a person's terminal, or into a file or a pipe; and whether it may have colours.

Colours are for terminals. ``NO_COLOR`` turns them off there (no-color.org), ``FORCE_COLOR`` turns them on anywhere
(force-color.org), and ``TERM=dumb`` stands for a terminal that knows none. What moves (bars, live pictures) is for
terminals alone, whatever is said about colours: in a file it would be noise.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["WIDE", "can_move", "coloured", "console", "on_terminal"]

#: Width of a table that goes into a file or a pipe [characters]: room enough for all columns.
WIDE = 240


def on_terminal(*, err: bool = False) -> bool:
    """Whether a person looks at stdout, or at stderr."""
    stream = sys.stderr if err else sys.stdout
    try:
        return stream.isatty()
    except ValueError:  # a stream that was closed
        return False


def can_move(*, err: bool = False) -> bool:
    """Whether there is a terminal that can draw in one place again and again."""
    return on_terminal(err=err) and os.environ.get("TERM", "") not in ("dumb", "unknown")


def coloured(*, err: bool = False) -> bool:
    """Whether text may have colours.

    Examples
    --------
    >>> coloured()  # a test is no terminal
    False
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or can_move(err=err)


def console(*, err: bool = False) -> Console:
    """Make what tables and live pictures are printed with; a file or a pipe has room for all columns.

    Parameters
    ----------
    err
        Whether it prints on stderr.
    """
    from rich.console import Console

    made = Console(stderr=err, highlight=False, no_color=not coloured(err=err))
    if not on_terminal(err=err) and not os.environ.get("COLUMNS", "").isdigit():
        made.width = WIDE
    return made
