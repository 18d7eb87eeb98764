"""What a type of field can do, and what all fields may hold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from simulator.explore.config.words import Unfit, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Kind", "python_value"]


class Kind(ABC):
    """A type that a field may have: what it takes, and how it is read from text."""

    #: Values of exactly this type are taken as they are; None if each has to be looked at.
    exact: type | None = None
    #: Whether it is a path, or made of paths: where something lies, not what it is.
    is_place: bool = False
    #: Whether there may be configurations in it.
    nests: bool = False

    @property
    @abstractmethod
    def words(self) -> str:
        """What it is, as it ends the sentence "it must be ..."."""

    @abstractmethod
    def take(self, value: Any) -> Any:
        """Check a value and bring it into the one form that it is kept in.

        Raises
        ------
        Unfit
            If it is none.
        """

    def parse(self, text: str) -> Any:
        """Read a value from text, as on a command line; see `take`."""
        return self.take(text)

    def classes(self) -> Iterator[type]:
        """Classes of which values may be made again from what was written down."""
        yield from ()

    def unfit(self, value: Any) -> Unfit:
        """Say that a value is none of these."""
        return Unfit(f"is {shown(value)} ({type(value).__name__}); it must be {self.words}")


def python_value(value: Any) -> Any:
    """Turn numpy's scalars and arrays into Python's; anything else stays as it is."""
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    return value
