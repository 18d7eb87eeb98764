"""From a value to the text that ids are made of.

Every value begins with a letter for its type and says where it ends, so that two texts are equal only if the values
are: 1, 1.0, True and "1" differ, and so do ["a", "b"] and ["ab"]. Whatever the type of a field says, the text follows
from the value alone; a type may be widened without changing ids::

    n;                None                           s3:abc;           text: characters, then these
    b1;               True                           l2:...            list: items, then these
    i12;              whole number                   d2:...            dictionary: items, then keys and values, sorted
    f0.5;             number; shortest decimal       o...d2:...        frozen dataclass: its name and its fields
                      that gives it back             e...              enumeration: its class, and name and value of
                                                                       the member (x; if that is no plain value)
    c<id>;            configuration                  F<sha256>; R...;  content of a file, of traces

-0.0 is not 0.0, since a replay can tell them apart; all NaN are one. These texts are forever: a change here makes every
result that was ever kept unfindable.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from simulator.errors import ConfigError, SimulatorError
from simulator.explore.config.content import Content
from simulator.explore.config.kinds.objects import object_parts
from simulator.explore.config.words import Identified, identifier

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["by_content", "by_place", "digest", "id_of", "is_plain"]

_SCALARS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "n;",
    bool: lambda value: "b1;" if value else "b0;",
    int: lambda value: f"i{value};",
    float: lambda value: f"f{value!r};",
    str: lambda value: f"s{len(value)}:{value};",
}


def by_content(value: Any) -> str:
    """Write a value as it enters an id: content by its digest, configurations by their id.

    Parameters
    ----------
    value
        A value as fields keep it.

    Returns
    -------
    str
        Text that no other value has.

    Examples
    --------
    >>> by_content(("a", 1, 1.0, {"b": None}))
    'l4:s1:a;i1;f1.0;d1:s1:b;n;'
    """
    scalar = _SCALARS.get(type(value))
    return scalar(value) if scalar is not None else _written(value, _content)


def by_place(value: Any) -> str:
    """Write a value as it enters a slot's id: content by where it lies, whatever is there, and paths too."""
    scalar = _SCALARS.get(type(value))
    return scalar(value) if scalar is not None else _written(value, _place)


def is_plain(value: Any) -> bool:
    """Whether a value is a scalar, or a tuple of them: all of it can be seen."""
    return type(value) in _SCALARS or (type(value) is tuple and all(map(is_plain, value)))


def digest(text: str) -> str:
    """SHA-256 of text, 64 hexadecimal digits; halves of surrogate pairs, as in odd file names, are characters too."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def id_of(config: Identified, text: Callable[[Any], str]) -> str:
    """Make an id of class, version, and what a text says of the fields.

    Parameters
    ----------
    config
        What is identified.
    text
        Writes its fields down.

    Raises
    ------
    ConfigError
        If a whole number has more digits than Python writes (`sys.get_int_max_str_digits`).
    """
    try:
        written = text(config)
    except ValueError as error:
        if isinstance(error, SimulatorError) or "digits" not in str(error):
            raise  # what a file is called may have the word in it
        most = f"{sys.get_int_max_str_digits():,}"
        raise ConfigError(
            f"{type(config).__name__}: a whole number has more than {most} digits, which are not written down; give it "
            "as text"
        ) from error
    return digest(f"{identifier(type(config))} {config.VERSION}\n{written}")


def _content(value: Any) -> str:
    if isinstance(value, Content):
        return f"{value.LETTER}{value.digest};"
    if isinstance(value, Identified):
        return f"c{value.id};"
    raise TypeError(f"no text for {type(value).__name__} in an id")


def _place(value: Any) -> str:
    if isinstance(value, Content):
        return f"{value.LETTER}{by_place(value.place)}"
    if isinstance(value, Identified):
        return f"c{value.slot_id};"
    if isinstance(value, PurePath):
        return f"p{by_place(str(value))}"
    raise TypeError(f"no text for {type(value).__name__} in an id")


def _written(value: Any, special: Callable[[Any], str]) -> str:
    write = by_content if special is _content else by_place
    if isinstance(value, Enum):
        behind = by_content(value.value) if is_plain(value.value) else "x;"
        return f"e{write(identifier(type(value)))}{write(value.name)}{behind}"
    if isinstance(value, tuple):
        return f"l{len(value)}:{''.join(map(write, value))}"
    if isinstance(value, dict):
        return f"d{len(value)}:{''.join(f'{write(name)}{write(value[name])}' for name in sorted(value))}"
    if dataclasses.is_dataclass(value) and not isinstance(value, Identified):
        return _object(value, write, with_places=special is _place)
    return special(value)


def _object(value: Any, write: Callable[[Any], str], *, with_places: bool) -> str:
    """Write a dataclass; kept if all its fields are scalars, since many cells have the same object."""
    kept = _objects.get((id(value), with_places))
    if kept is not None and kept[0] is value:
        return kept[1]
    texts = []
    is_scalar = True
    of: Any = type(value)
    for part in object_parts(of):
        inner = getattr(value, part.name)
        if not part.identifies or (part.is_place and not with_places):
            continue
        text = write(inner)
        if part.is_later and text == write(part.since_default):
            continue
        texts.append(f"{write(part.name)}{text}")
        is_scalar = is_scalar and type(inner) in _SCALARS
    text = f"o{write(identifier(type(value)))}d{len(texts)}:{''.join(texts)}"
    if is_scalar:
        if len(_objects) >= KEPT:
            _objects.clear()
        _objects[id(value), with_places] = (value, text)
    return text


#: Objects whose text is kept; they are kept as well, so that no other one gets their place in memory.
KEPT = 256
_objects: dict[tuple[int, bool], tuple[Any, str]] = {}
