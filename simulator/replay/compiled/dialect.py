"""Tells numba that plain Python functions may be compiled where compiled code calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba.extending import register_jitable

from simulator.replay.compiled.sources import called_by
from simulator.replay.compiled.wide import TAUGHT

if TYPE_CHECKING:
    from types import FunctionType

__all__ = ["allow"]

_allowed: set[Any] = set()


def allow(function: FunctionType) -> None:
    """Let numba compile the functions that a function calls, and those that these call."""
    called: list[Any] = [*called_by(function)[1:]]
    for one in called:
        if one not in _allowed and one not in TAUGHT:
            _allowed.add(one)
            register_jitable(one)
