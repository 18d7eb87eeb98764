"""What compiled code is made from: the functions that a function calls, and an identity of all of them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

__all__ = ["called_by", "identity"]


def called_by(function: FunctionType) -> list[FunctionType]:
    """List a function and the Python functions that it calls by name, and those that these call."""
    found: dict[FunctionType, None] = {}
    todo: list[Any] = [function]
    while todo:
        one = todo.pop()
        one = getattr(one, "py_func", one)  # what numba compiled already
        if isinstance(one, FunctionType) and one not in found:
            found[one] = None
            todo += _refers_to(one).values()
    return list(found)


def identity(function: FunctionType) -> tuple[Any, ...]:
    """Tell a function from all that would do something else, by its instructions and by what they refer to.

    Names of files and numbers of lines do not matter, so that code stays the same when the package moves.
    """
    return (_machinery(), *(_of_function(one) for one in called_by(function)))


def _of_function(function: FunctionType) -> tuple[Any, ...]:
    constants = {name: _exactly(value) for name, value in _refers_to(function).items() if not callable(value)}
    defaults = _exactly(function.__defaults__), _exactly(function.__kwdefaults__)
    return (function.__qualname__, _of_code(function.__code__), defaults, constants)


def _exactly(value: Any) -> str:
    """Write a constant in full; numpy shortens what it shows."""
    if isinstance(value, np.ndarray | np.generic):
        return repr((value.dtype.str, value.shape, value.tobytes()))
    if isinstance(value, tuple):
        return repr([_exactly(part) for part in value])
    return repr(value)


def _refers_to(function: FunctionType) -> dict[str, Any]:
    """Find what the names in a function stand for: globals, members of modules and classes, variables around it."""
    names = _names(function.__code__)
    found: dict[str, Any] = {}
    todo = [(name, function.__globals__[name]) for name in names if name in function.__globals__]
    seen: set[int] = set()
    while todo:
        name, value = todo.pop()
        if not isinstance(value, ModuleType | type):
            found[name] = value
        elif id(value) not in seen:
            seen.add(id(value))
            todo += [(f"{name}.{member}", getattr(value, member)) for member in names if hasattr(value, member)]
    around = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return found | {name: cell.cell_contents for name, cell in around}


def _names(code: CodeType) -> list[str]:
    """List the names in a function, and in functions and comprehensions within it."""
    within = [name for part in code.co_consts if isinstance(part, CodeType) for name in _names(part)]
    return list(dict.fromkeys([*code.co_names, *within]))


def _of_code(code: CodeType) -> tuple[Any, ...]:
    constants = tuple(_of_code(part) if isinstance(part, CodeType) else _exactly(part) for part in code.co_consts)
    return code.co_code, constants, code.co_names, code.co_varnames


@cache
def _machinery() -> str:
    """Hash the files that decide what is made of a function: this folder, and what the kernel takes from beside it."""
    folder = Path(__file__).parent
    files = [*sorted(folder.glob("*.py")), *(folder.parent / f"{name}.py" for name in ("block", "draws", "status"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
