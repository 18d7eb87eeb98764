"""Dataclasses of plain data, and back: strict about types, and everything that is wrong said at once.

Both what people write (TOML) and what a collection leaves behind (JSON) is read by this.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from simulator.errors import nearest

__all__ = ["MismatchError", "build", "examine", "plain"]

#: Numbers that JSON has no word for.
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

_CALLED = {int: "a whole number", float: "a number", str: "text", bool: "true or false", dict: "a table"}


class MismatchError(Exception):
    """Data is not what it should be; readers say where it lies."""


@dataclass
class _Reader:
    """Reads one tree of plain data; notes each thing that is wrong by its path, and each value that is right."""

    problems: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def read(self, kind: Any, value: Any, path: str) -> Any:
        """Read a value of a type; None, and a note, if it is not of this type."""
        if is_dataclass(kind):
            return self._dataclass(kind, value, path)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return self._one_of(arguments, value, path)
        if origin is tuple:
            return self._sequence(arguments[0], value, path)
        if origin in (dict, Mapping):
            return self._mapping(arguments, value, path)
        if origin is Literal:
            if value not in arguments or isinstance(value, bool):
                self._wrong(path, value, f"one of {', '.join(map(repr, arguments))}{nearest(str(value), arguments)}")
            return value
        return self._plain(kind, value, path)

    def _plain(self, kind: Any, value: Any, path: str) -> Any:
        if kind is Any:
            return value
        if kind is float:
            if isinstance(value, str) and value in _WORDS:
                return _WORDS[value]
            if isinstance(value, int) and not isinstance(value, bool):
                return float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self._wrong(path, value, _CALLED[kind])
        return value

    def _dataclass(self, kind: Any, value: Any, path: str) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            return self._wrong(path, value, "a table")
        hints, known = get_type_hints(kind), {_key(item): item for item in fields(kind) if item.init}
        dot = f"{path}." if path else ""
        for name in value:
            if name not in known:
                self.problems[dot + str(name)] = f"is unknown{nearest(str(name), known)}"
        found = {}
        for name, item in known.items():
            if name in value:
                before = len(self.problems)
                found[item.name] = self.read(hints[item.name], value[name], dot + name)
                self._in_range(item, found[item.name], dot + name)
                if len(self.problems) == before:
                    self.values[dot + name] = found[item.name]
            elif item.default is not MISSING:
                self.values[dot + name] = item.default
            elif item.default_factory is not MISSING:
                self.values[dot + name] = item.default_factory()
            else:
                self.problems[dot + name] = "is missing"
        return kind(**found) if not any(path.startswith(dot) for path in self.problems) else None

    def _in_range(self, item: Field[Any], value: Any, path: str) -> None:
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, bool) or not isinstance(each, int | float):
                continue
            if item.metadata and not math.isfinite(each):
                self._wrong(path, each, "finite")
            elif (least := item.metadata.get("least")) is not None and each < least:
                self._wrong(path, each, f"{least} or above")
            elif (above := item.metadata.get("above")) is not None and each <= above:
                self._wrong(path, each, f"above {above}")

    def _one_of(self, kinds: tuple[Any, ...], value: Any, path: str) -> Any:
        """Try the types one after the other; of a table or a list, the note is that of the one type that is such."""
        if value is None and types.NoneType in kinds:
            return None
        tries = []
        for kind in (kind for kind in kinds if kind is not types.NoneType):
            reader = _Reader()
            read = reader.read(kind, value, path)
            if not reader.problems:
                return read
            tries.append((_alike(kind, value), kind, reader.problems))
        fitting = [problems for fits, _, problems in tries if fits] or [tries[0][2]] * (len(tries) == 1)
        if fitting:
            self.problems.update(fitting[0])
        else:
            self._wrong(path, value, " or ".join(dict.fromkeys(_called(kind) for _, kind, _ in tries)))
        return None

    def _sequence(self, kind: Any, value: Any, path: str) -> Any:
        if not isinstance(value, list | tuple):
            return self._wrong(path, value, "a list")
        return tuple(self.read(kind, each, f"{path}[{at}]") for at, each in enumerate(value))

    def _mapping(self, kinds: tuple[Any, ...], value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            return self._wrong(path, value, "a table")
        found = {}
        for key, each in value.items():
            if kinds[0] is int and isinstance(key, str) and key.isascii() and key.isdigit():
                key = int(key)  # noqa: PLW2901  (keys of TOML and JSON are text)
            found[self.read(kinds[0], key, f"{path}.{key}")] = self.read(kinds[1], each, f"{path}.{key}")
        return found

    def _wrong(self, path: str, value: Any, expected: str) -> None:
        self.problems[path] = f"is {value!r}, but must be {expected}"


def _key(item: Field[Any]) -> str:
    return item.name.rstrip("_")


def _alike(kind: Any, value: Any) -> bool:
    """Whether a value is a table where a type is one, or a list likewise: what is wrong lies within then."""
    if is_dataclass(kind) or get_origin(kind) in (dict, Mapping):
        return isinstance(value, Mapping)
    return get_origin(kind) is tuple and isinstance(value, list | tuple)


def _called(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "a list"
    if get_origin(kind) is Literal:
        return ", ".join(map(repr, get_args(kind)))
    return _CALLED.get(kind, "a table")


def examine(kind: type, data: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Read plain data as far as it can be read.

    Ranges stand in the fields' metadata: ``least`` (that or above), ``above``, ``finite``; with any, numbers are
    finite. A field ``from_`` is called ``from`` in the data: Python keeps that word for itself.

    Parameters
    ----------
    kind
        A dataclass.
    data
        Dictionaries, lists, text and numbers. Whole numbers do for floats, lists for tuples, and the words nan, inf
        and -inf for floats.

    Returns
    -------
    values : dict
        What is right, defaults included, by its path: ``"grid.seeds"``.
    problems : dict
        What is wrong, likewise: "is unknown; did you mean 'seeds'?" and the like.
    """
    reader = _Reader()
    reader.read(kind, data, "")
    return reader.values, reader.problems


def build(kind: Any, data: Any) -> Any:
    """Make a dataclass of plain data.

    Raises
    ------
    MismatchError
        If anything is wrong, with all of it.
    """
    reader = _Reader()
    read = reader.read(kind, data, "")
    if reader.problems:
        raise MismatchError("; ".join(f"{path or 'it'} {what}" for path, what in reader.problems.items()))
    return read


def plain(value: Any) -> Any:
    """Make plain data of dataclasses, tuples and dictionaries; JSON can hold it, and `build` reads it back.

    Numbers that are not finite become the words nan, inf and -inf.

    Examples
    --------
    >>> plain({8: (1.5, float("nan"))})
    {'8': [1.5, 'nan']}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {_key(item): plain(getattr(value, item.name)) for item in fields(value) if item.init}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
