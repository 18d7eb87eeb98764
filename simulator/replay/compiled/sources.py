"""What compiled code is made from: the functions that a function calls, and an identity of all of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

__all__ = ["called_by", "identity"]


def called_by(function: FunctionType) -> list[FunctionType]:
    """List a function and the Python functions that it calls by name, and those that these call."""
    found: dict[FunctionType, None] = {}
    todo: list[Any] = [function]
    while todo:
        one = todo.pop()
        if isinstance(one, FunctionType) and one not in found:
            found[one] = None
            todo += [one.__globals__.get(name) for name in one.__code__.co_names]
    return list(found)


def identity(function: FunctionType) -> tuple[Any, ...]:
    """Tell a function from all that would do something else, by its instructions and by what they refer to.

    Names of files and numbers of lines do not matter, so that code stays the same when the package moves.
    """
    return (_machinery(), *(_of_function(one) for one in called_by(function)))


def _of_function(function: FunctionType) -> tuple[Any, ...]:
    constants = {
        name: repr(function.__globals__[name])
        for name in function.__code__.co_names
        if name in function.__globals__
        and not isinstance(function.__globals__[name], FunctionType | ModuleType | type)
        and not hasattr(function.__globals__[name], "__call__")  # noqa: B004  (an intrinsic; the machinery's business)
    }
    return (function.__qualname__, _of_code(function.__code__), function.__defaults__, constants)


def _of_code(code: CodeType) -> tuple[Any, ...]:
    constants = tuple(_of_code(part) if isinstance(part, CodeType) else repr(part) for part in code.co_consts)
    return code.co_code, constants, code.co_names, code.co_varnames


@cache
def _machinery() -> tuple[bytes, ...]:
    """All files of this folder: they decide what is made of a function."""
    return tuple(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
