"""Types that are classes: frozen dataclasses, configurations, content, and anything at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from simulator.explore.config.content import Content
from simulator.explore.config.fields import MISSING
from simulator.explore.config.kinds.base import Kind, python_value
from simulator.explore.config.kinds.containers import DictKind, ListKind
from simulator.explore.config.kinds.scalars import FloatKind, IntKind, StrKind
from simulator.explore.config.words import Identified, Unfit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["AnyKind", "ContentKind", "NestedKind", "ObjectKind", "ObjectPart", "object_parts"]

_PLAIN = (type(None), bool, int, float, str)


class AnyKind(Kind):
    """Whatever can be written down without knowing its class; as it comes, so that 1 and 1.0 differ."""

    nests = True
    words = "None, a bool, a number, text, a list, a dictionary, a configuration, a File or Recorded"

    def take(self, value: Any) -> Any:
        """Take what can be written down; lists become tuples."""
        value = python_value(value)
        if type(value) in _PLAIN or isinstance(value, (Identified, Content)):
            return value
        for base, kind in ((str, StrKind()), (int, IntKind()), (float, FloatKind())):
            if isinstance(value, base):
                return kind.take(value)
        if isinstance(value, Mapping):
            return DictKind(self).take(value)
        if isinstance(value, Sequence) and not isinstance(value, bytes):
            return ListKind(self).take(value)
        if isinstance(value, PurePath):
            raise Unfit(
                f"is the path {value}; say in the field's type whether it is File (its content decides) or Path"
            )
        raise self.unfit(value)

    def parse(self, text: str) -> Any:
        """Read JSON, or text that is none."""
        import json

        try:
            return self.take(json.loads(text))
        except ValueError:
            return text


class NestedKind(Kind):
    """A configuration in another.

    Parameters
    ----------
    of
        Its class.
    """

    nests = True

    def __init__(self, of: type) -> None:
        self.of = self.exact = of

    @property
    def words(self) -> str:
        """Which class."""
        return f"a {self.of.__qualname__}"

    def take(self, value: Any) -> Any:
        """Take a configuration of this class or a subclass."""
        if not isinstance(value, self.of):
            raise self.unfit(value)
        return value


class ContentKind(Kind):
    """A value known by what is in its files.

    Parameters
    ----------
    of
        Its class.
    """

    def __init__(self, of: type[Content]) -> None:
        self.of = self.exact = of

    @property
    def words(self) -> str:
        """Which class."""
        return f"a {self.of.__name__}, or what it is made of (a path)"

    def take(self, value: Any) -> Content:
        """Take one, or make it of what was given."""
        if isinstance(value, self.of):
            return value
        made = self.of.taken(value)
        if made is None:
            raise self.unfit(value)
        return made


@dataclasses.dataclass(frozen=True)
class ObjectPart:
    """A field of a frozen dataclass, as ids see it.

    Parameters
    ----------
    name
        Its name.
    identifies
        Whether it is part of ids: so unless it is left out of comparisons.
    is_place
        Whether it is a path, which is no part of ids.
    since_default
        The default that keeps it out of ids, if it was added later.
    is_later
        Whether it was.
    in_init
        Whether the class is called with it.
    """

    name: str
    identifies: bool
    is_place: bool
    since_default: Any = None
    is_later: bool = False
    in_init: bool = True


@cache
def object_parts(of: Any) -> tuple[ObjectPart, ...]:
    """Fields of a frozen dataclass, sorted by name.

    A field's ``metadata`` may say ``{"path": True}``, and ``{"since": 2}`` as `param` does.

    Parameters
    ----------
    of
        The class.
    """
    parts = []
    for part in dataclasses.fields(of):
        is_later = part.metadata.get("since", 1) > 1 and part.default is not dataclasses.MISSING
        default = part.default if is_later else None
        is_place = bool(part.metadata.get("path"))
        parts.append(ObjectPart(part.name, part.compare, is_place, default, is_later, part.init))
    return tuple(sorted(parts, key=lambda part: part.name))


class ObjectKind(Kind):
    """A frozen dataclass, such as `simulator.Job`.

    Parameters
    ----------
    of
        The class.
    kinds
        Finds the types of its fields, when they are first needed.
    """

    def __init__(self, of: type, kinds: Callable[[type], dict[str, Kind]]) -> None:
        self.of = of
        self.kinds = kinds
        self._latest: Any = MISSING

    @property
    def words(self) -> str:
        """Which class."""
        return f"a {self.of.__qualname__}"

    def take(self, value: Any) -> Any:
        """Take one whose fields hold what their types say; numbers are brought into the form that is asked for."""
        if value is self._latest:  # the same job in every cell
            return value
        if type(value) is not self.of:
            raise self.unfit(value)
        changed = {}
        for name, kind in self.kinds(self.of).items():
            found = getattr(value, name)
            if type(found) is kind.exact:
                continue
            try:
                taken = kind.take(found)
            except Unfit as reason:
                raise Unfit(f"is a {self.of.__name__} whose {name} {reason}") from None
            if taken is not found:  # a tuple may hold what was a list
                changed[name] = taken
        made: Any = value
        self._latest = dataclasses.replace(made, **changed) if changed else made
        return self._latest

    def parse(self, text: str) -> Any:
        """Read its fields as JSON has them: ``{"dataset": "squad", ...}``."""
        import json

        try:
            return self.take(self.of(**json.loads(text)))
        except (TypeError, ValueError) as cause:
            if isinstance(cause, Unfit):
                raise
            raise Unfit(f"is {text!r}; it must be the fields of a {self.of.__name__} as JSON ({cause})") from None

    def classes(self) -> Iterator[type]:
        """Its class, and those of its fields."""
        yield self.of
        for kind in self.kinds(self.of).values():
            yield from kind.classes()
