"""The end of a message about a name that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(wanted: str, existing: Iterable[str]) -> str:
    """Say which existing name comes closest, as the end of an error message.

    Parameters
    ----------
    wanted
        The name that was not found.
    existing
        The names that exist.

    Returns
    -------
    str
        ``"; did you mean 'x'?"``, or an empty string if nothing comes close.

    Examples
    --------
    >>> nearest("Adadelta", ["adadelta", "adam"])
    "; did you mean 'adadelta'?"
    >>> nearest("sgd", ["adadelta", "adam"])
    ''
    """
    by_folded = {name.casefold(): name for name in existing}
    close = get_close_matches(wanted.casefold(), by_folded, n=1)
    return f"; did you mean {by_folded[close[0]]!r}?" if close else ""
