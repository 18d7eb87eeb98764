"""What decides a result and is no part of an id: how a class is written."""

from __future__ import annotations

import hashlib
import inspect
from functools import cached_property
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from simulator.explore.config.encode import by_content, is_plain
from simulator.explore.config.fields import MISSING
from simulator.explore.config.learn import spec_of
from simulator.explore.config.words import Identified

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.explore.config.config import Config

__all__ = ["code_of"]


def code_of(kind: type[Config]) -> str | None:
    """Digest of the code of a class, and of the defaults that its later fields (``since``) have.

    Code is what Python makes of it: comments, line breaks and names of local variables do not matter, the version of
    Python does. It is that of the methods, and of functions, classes and plain values of their module that they name.

    Parameters
    ----------
    kind
        The class.

    Returns
    -------
    str or None
        64 hexadecimal digits; None if there is nothing, as for most classes of this package, which has versions.
    """
    later = (field for field in spec_of(kind).fields.values() if field.is_later)
    texts = [f"{field.name}={by_content(field.declared.default)}" for field in later]
    seen: set[object] = set()
    for each in kind.__mro__:
        if each.__module__.partition(".")[0] not in ("simulator", "builtins"):
            texts += _members(each, seen)
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest() if texts else None


def _members(kind: type, seen: set[object]) -> Iterator[str]:
    known = (*spec_of(kind).names, "VERSION", "IDENTIFIER") if issubclass(kind, Identified) else ()
    for name, member in sorted(vars(kind).items()):
        if name not in known and name not in ("__doc__", "__firstlineno__", "__static_attributes__"):
            yield from _named(name, member, kind.__module__, seen)


def _named(name: str, value: Any, module: str, seen: set[object]) -> Iterator[str]:
    """Write down what a class has, or what a function of a module speaks of."""
    if isinstance(value, property | cached_property):
        value = value.fget if isinstance(value, property) else value.func
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, FunctionType):
        value = inspect.unwrap(value)
    if is_plain(value):
        yield f"{name}={by_content(value)}"
    elif isinstance(value, type | FunctionType) and value.__module__ == module and value not in seen:
        seen.add(value)
        yield from _members(value, seen) if isinstance(value, type) else _function(value, module, seen)


def _function(function: FunctionType, module: str, seen: set[object]) -> Iterator[str]:
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    yield f"{function.__qualname__} {[repr(each) for each in defaults if is_plain(each)]}"
    yield from _code(function.__code__, function.__doc__)
    for name in _names(function.__code__):
        yield from _named(name, function.__globals__.get(name, MISSING), module, seen)


def _code(code: CodeType, doc: str | None = None) -> Iterator[str]:
    constants = [
        repr(sorted(map(repr, each))) if isinstance(each, frozenset) else repr(each)  # sets have no order of their own
        for each in code.co_consts
        if each != doc and not isinstance(each, CodeType)
    ]
    yield f"{code.co_code.hex()} {code.co_exceptiontable.hex()} {code.co_names} {constants}"
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _code(inner)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
