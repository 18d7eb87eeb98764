"""Rooms that look their names up when they are first used, so that importing them is quick."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["looked_up"]


def looked_up(room: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the two functions by which a module offers names that live elsewhere (PEP 562).

    Parameters
    ----------
    room
        Name of the module.
    homes
        Which module each name lives in. A module that has the name itself is what is offered.

    Returns
    -------
    __getattr__, __dir__ : callable
        To be assigned to these names in the module.

    Examples
    --------
    >>> __getattr__, __dir__ = looked_up("math", {"Fraction": "fractions"})
    >>> __getattr__("Fraction")(1, 2), "Fraction" in __dir__()
    (Fraction(1, 2), True)
    >>> __getattr__("Function")
    Traceback (most recent call last):
    AttributeError: module 'math' has no attribute 'Function'
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        home = import_module(homes[name])
        return home if homes[name] == f"{room}.{name}" else getattr(home, name)

    return find, lambda: sorted({*vars(sys.modules[room]), *homes})
