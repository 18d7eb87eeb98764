"""Characters that a terminal, a file or a pipe may not know: η, Δ and the like are written as something similar there.

Python ends with an error where a character is not in the encoding of stdout, such as Latin-1 or that of Windows. A
table that is a little uglier serves better.
"""

from __future__ import annotations

import codecs
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["similar", "write_similar"]

_HANDLER = "simulator.similar"

#: What stands for a character; one for one where it stands in tables, so that columns stay below one another.
_SIMILAR = {
    "η": "eta",
    "β": "beta",
    "Δ": "D",
    "–": "-",
    "−": "-",
    "─": "-",
    "━": "-",
    "…": "~",
    "·": ".",
    "×": "x",
    "±": "+-",
    "\N{NO-BREAK SPACE}": " ",
    "→": ">",
    "«": "<",
    "»": ">",
    "●": "*",
    "∞": "inf",
    "µ": "u",
    **dict(zip("▁▂▃▄▅▆▇█", "._-=+*%#", strict=True)),
}


def similar(text: str) -> str:
    """Write text in ASCII; a question mark stands for what nothing is similar to.

    Examples
    --------
    >>> similar("cost Δ −12…−3 %, η = 0.5, über")
    'cost D -12~-3 %, eta = 0.5, ?ber'
    """
    return "".join(each if each.isascii() else _SIMILAR.get(each, "?") for each in text)


def write_similar() -> None:
    """Let stdout and stderr write what their encoding lacks as something similar."""
    codecs.register_error(_HANDLER, _handle)
    for stream in (sys.stdout, sys.stderr):
        _use(stream)


def _use(stream: TextIO | None) -> None:
    """Tell a stream; one that cannot be told, or is closed, stays as it is."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None and not getattr(stream, "closed", False):
        reconfigure(errors=_HANDLER)


def _handle(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return similar(error.object[error.start : error.end]), error.end
