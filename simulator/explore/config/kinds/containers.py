"""Types of many values, and of one of several types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from simulator.explore.config.kinds.base import Kind, python_value
from simulator.explore.config.kinds.scalars import NoneKind, StrKind
from simulator.explore.config.words import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["DictKind", "Frozen", "ListKind", "TupleKind", "UnionKind"]


class Frozen(dict[str, Any]):
    """A dictionary that stays as it is, since an id was made of it; in the order of its keys, which no id tells."""

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a dictionary in a configuration cannot be changed; assign another one to the field")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type, tuple[dict[str, Any]]]:
        """Be made at once elsewhere, and not item by item."""
        return Frozen, (dict(self),)


class ListKind(Kind):
    """Any number of values of one type, kept as a tuple.

    Parameters
    ----------
    item
        Type of each.
    """

    def __init__(self, item: Kind) -> None:
        self.item = item
        self.is_place, self.nests = item.is_place, item.nests

    @property
    def words(self) -> str:
        """What it is a list of."""
        return f"a list, each item {self.item.words}"

    def take(self, value: Any) -> tuple[Any, ...]:
        """Take a list, a tuple, a range or an array; text is none."""
        value = python_value(value)
        if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
            raise self.unfit(value)
        return tuple(_at(position, self.item, part) for position, part in enumerate(value))

    def parse(self, text: str) -> tuple[Any, ...]:
        """Read a list as JSON has it, or values with commas between them."""
        if text.lstrip().startswith("["):
            return self.take(_json(text))
        return tuple(self.item.parse(part) for part in text.split(",")) if text else ()

    def classes(self) -> Iterator[type]:
        """Those of its items."""
        yield from self.item.classes()


class TupleKind(Kind):
    """A value of each of several types.

    Parameters
    ----------
    items
        Their types, in order.
    """

    def __init__(self, items: Sequence[Kind]) -> None:
        self.items = tuple(items)
        self.is_place = bool(items) and all(item.is_place for item in items)
        self.nests = any(item.nests for item in items)

    @property
    def words(self) -> str:
        """How many, and which."""
        return f"{len(self.items)} values: {'; '.join(item.words for item in self.items)}"

    def take(self, value: Any) -> tuple[Any, ...]:
        """Take as many values as there are types."""
        value = python_value(value)
        if isinstance(value, (str, bytes)) or not isinstance(value, Sequence) or len(value) != len(self.items):
            raise self.unfit(value)
        pairs = zip(self.items, value, strict=True)
        return tuple(_at(position, item, part) for position, (item, part) in enumerate(pairs))

    def parse(self, text: str) -> tuple[Any, ...]:
        """Read a list as JSON has it, or values with commas between them."""
        if text.lstrip().startswith("["):
            return self.take(_json(text))
        parts = text.split(",")
        if len(parts) != len(self.items):
            raise self.unfit(text)
        return tuple(item.parse(part) for item, part in zip(self.items, parts, strict=True))

    def classes(self) -> Iterator[type]:
        """Those of its items."""
        for item in self.items:
            yield from item.classes()


class DictKind(Kind):
    """Values of one type by name; their order does not matter.

    Parameters
    ----------
    item
        Type of each value.
    """

    def __init__(self, item: Kind) -> None:
        self.item = item
        self.is_place, self.nests = item.is_place, item.nests

    @property
    def words(self) -> str:
        """What the values are."""
        return f"a dictionary with text for keys, each value {self.item.words}"

    def take(self, value: Any) -> Frozen:
        """Take a mapping whose keys are text."""
        if not isinstance(value, Mapping):
            raise self.unfit(value)
        name = StrKind()
        return _frozen((_at("a key", name, key), _at(repr(key), self.item, part)) for key, part in value.items())

    def parse(self, text: str) -> Frozen:
        """Read a dictionary as JSON has it, or ``name=value`` with commas between."""
        if text.lstrip().startswith("{"):
            return self.take(_json(text))
        pairs = [part.partition("=") for part in text.split(",")] if text else []
        if not all(sign for _, sign, _ in pairs):
            raise self.unfit(text)
        return _frozen((name, self.item.parse(part)) for name, _, part in pairs)

    def classes(self) -> Iterator[type]:
        """Those of its values."""
        yield from self.item.classes()


class UnionKind(Kind):
    """A value of one of several types.

    What is exactly of one type is of that type; anything else goes to the first that takes it.

    Parameters
    ----------
    members
        The types, in order.
    """

    def __init__(self, members: Sequence[Kind]) -> None:
        self.members = tuple(members)
        # Text comes last, since everything is text when it is read.
        self.order = sorted(members, key=lambda member: isinstance(member, StrKind))
        self.by_type = {member.exact: member for member in members if member.exact is not None}
        self.is_place = any(member.is_place for member in members)
        self.nests = any(member.nests for member in members)

    @property
    def words(self) -> str:
        """All that is possible."""
        return " or ".join(member.words for member in self.members)

    def take(self, value: Any) -> Any:
        """Take what one of the types takes."""
        if type(value) in self.by_type:
            return value
        value = python_value(value)
        if type(value) in self.by_type:
            return value
        return self._first("take", value)

    def parse(self, text: str) -> Any:
        """Read what one of the types reads; text comes last, since everything is text."""
        return self._first("parse", text)

    def classes(self) -> Iterator[type]:
        """Those of all types."""
        for member in self.members:
            yield from member.classes()

    def _first(self, how: str, value: Any) -> Any:
        reasons = []
        for member in self.order:
            try:
                return getattr(member, how)(value)
            except Unfit as reason:
                reasons.append((member, reason))
        real = [reason for member, reason in reasons if not isinstance(member, NoneKind)]
        raise real[0] if len(real) == 1 else self.unfit(value)


def _frozen(pairs: Iterable[tuple[str, Any]]) -> Frozen:
    """Sort them, so that dictionaries of one id are gone through in one order, whatever order they were given in."""
    return Frozen(sorted(dict(pairs).items()))


def _at(position: object, kind: Kind, value: Any) -> Any:
    try:
        return kind.take(value)
    except Unfit as reason:
        raise Unfit(f"has at {position} what {reason}") from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as cause:
        raise Unfit(f"is {text!r}, which is no JSON ({cause})") from None
