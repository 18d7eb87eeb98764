"""Why a cell that a plan made before is a new one now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from simulator.explore.config import explain

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["why_new"]

#: Differences that are told, and characters that are shown of a value.
_TOLD = 3
_SHOWN = 200


def why_new(before: str, after: str, lookup: Callable[[str], str | None]) -> str:
    """Say in a line what differs between two contents of one place in a plan.

    Parameters
    ----------
    before, after
        JSON texts of the two.
    lookup
        Finds the JSON text of a configuration within them.

    Returns
    -------
    str
        Such as ``"traces changed: bundled@v100 0a1b2c3d4e5f → bundled@v100 4e5f60718293"``.
    """

    def found(config: str) -> Any:
        text = lookup(config)
        if text is None:
            raise LookupError(config)
        return json.loads(text)

    try:
        differences = explain(json.loads(before), json.loads(after), found)
    except LookupError:  # what was written of it is not whole; that it is new is known all the same
        return "new"
    decisive = [each for each in differences if each.decides]
    said = [f"{each.path} changed: {_short(each.a)} → {_short(each.b)}" for each in decisive[:_TOLD]]
    more = len(decisive) - len(said)
    return "; ".join([*said, *([f"and {more} more"] if more else [])]) or "new"


def _short(value: str | None) -> str:
    text = "nothing" if value is None else value
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}…{text[-_SHOWN // 2 :]}"
