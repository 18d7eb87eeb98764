"""Types of one value: nothing, yes or no, numbers, text, paths, and one of a few."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import nearest
from simulator.explore.config.kinds.base import Kind, python_value
from simulator.explore.config.words import Unfit, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from enum import Enum

__all__ = ["BoolKind", "ChoiceKind", "EnumKind", "FloatKind", "IntKind", "NoneKind", "PathKind", "StrKind"]

YES = ("true", "yes", "on", "1")
NO = ("false", "no", "off", "0")


class NoneKind(Kind):
    """Nothing."""

    exact = type(None)
    words = "None"

    def take(self, value: Any) -> None:
        """Take None alone."""
        if value is not None:
            raise self.unfit(value)

    def parse(self, text: str) -> None:
        """Read ``none``, however it is spelled."""
        if text.strip().lower() not in ("none", "null"):
            raise self.unfit(text)


class BoolKind(Kind):
    """Yes or no."""

    exact = bool
    words = "True or False"

    def take(self, value: Any) -> bool:
        """Take a bool, numpy's included; no number is one."""
        value = python_value(value)
        if type(value) is not bool:
            raise self.unfit(value)
        return value

    def parse(self, text: str) -> bool:
        """Read ``true``, ``yes``, ``on``, ``1`` and their opposites."""
        word = text.strip().lower()
        if word not in YES + NO:
            raise Unfit(f"is {text!r}; it must be one of {', '.join(YES)} or {', '.join(NO)}")
        return word in YES


class IntKind(Kind):
    """A whole number."""

    exact = int
    words = "a whole number"

    def take(self, value: Any) -> int:
        """Take a whole number, 3.0 included; True is none."""
        value = python_value(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:  # true of inf and NaN too
            raise self.unfit(value)
        return int(value)

    def parse(self, text: str) -> int:
        """Read a whole number, as Python writes it."""
        try:
            return int(text, 10)
        except ValueError:
            raise self.unfit(text) from None


class FloatKind(Kind):
    """A number. Infinity and NaN are some."""

    exact = float
    words = "a number"

    def take(self, value: Any) -> float:
        """Take any number; True is none."""
        value = python_value(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.unfit(value)
        try:
            return float(value)
        except OverflowError:
            raise self.unfit(value) from None

    def parse(self, text: str) -> float:
        """Read a number, as Python writes it."""
        try:
            return float(text)
        except ValueError:
            raise self.unfit(text) from None


class StrKind(Kind):
    """Text."""

    exact = str
    words = "text"

    def take(self, value: Any) -> str:
        """Take text; a subclass of `str` is made one."""
        if not isinstance(value, str):
            raise self.unfit(value)
        return str.__str__(value)


class PathKind(Kind):
    """Where something lies."""

    words = "a path"
    is_place = True

    def take(self, value: Any) -> Path:
        """Take a path, or text that is one."""
        if not isinstance(value, (str, os.PathLike)):
            raise self.unfit(value)
        return Path(value)


class EnumKind(Kind):
    """A member of an enumeration.

    Parameters
    ----------
    enum
        The enumeration.
    """

    def __init__(self, enum: type[Enum]) -> None:
        self.enum = enum
        self.exact = enum

    @property
    def words(self) -> str:
        """All members there are."""
        return f"one of {', '.join(self.enum.__members__)}"

    def take(self, value: Any) -> Enum:
        """Take a member, or its name."""
        if isinstance(value, self.enum):
            return value
        if isinstance(value, str) and value in self.enum.__members__:
            return self.enum[value]
        raise Unfit(f"is {shown(value)}; it must be {self.words}{nearest(str(value), self.enum.__members__)}")

    def classes(self) -> Iterator[type]:
        """Its one class."""
        yield self.enum


class ChoiceKind(Kind):
    """One of a few values, told apart by type too: 1 is neither 1.0 nor True.

    Parameters
    ----------
    values
        All there are.
    of
        What they have in common; None if they stand for themselves, as in `typing.Literal`.
    """

    def __init__(self, values: Sequence[Any], of: Kind | None = None) -> None:
        self.values = tuple(values)
        self.of = of
        self.texts = {value for value in values if type(value) is str}
        self.is_place = of is not None and of.is_place
        self.nests = of is not None and of.nests

    @property
    def words(self) -> str:
        """All values there are."""
        return f"one of {', '.join(map(repr, self.values))}"

    def take(self, value: Any) -> Any:
        """Take one of the values."""
        if type(value) is str and value in self.texts:
            return value
        value = python_value(value) if self.of is None else self.of.take(value)
        for choice in self.values:
            if type(choice) is type(value) and choice == value:
                return choice
        raise Unfit(f"is {shown(value)}; it must be {self.words}{nearest(str(value), map(str, self.values))}")

    def parse(self, text: str) -> Any:
        """Read one of the values, as it shows itself."""
        if self.of is not None:
            return self.take(self.of.parse(text))
        for choice in self.values:
            if text == str(choice):
                return choice
        return self.take(text)

    def classes(self) -> Iterator[type]:
        """Those of what they have in common."""
        if self.of is not None:
            yield from self.of.classes()
