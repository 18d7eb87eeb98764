"""What other files of this room must know of a configuration, without knowing `Config` itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import ClassVar, Self

__all__ = ["Identified", "Unfit", "identifier", "nested_in", "shown"]


class Unfit(ValueError):  # noqa: N818  # never leaves the room: it becomes a part of one ConfigError
    """A value does not fit a type; the message ends a sentence that begins with the field."""


class Identified:
    """Has an id made of its content, as configurations do."""

    __slots__ = ()

    #: Part of the id.
    VERSION: ClassVar[int]

    @property
    def id(self) -> str:
        """64 hexadecimal digits."""
        raise NotImplementedError

    @property
    def slot_id(self) -> str:
        """The same, whatever is in the files that it names."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """A few words for people."""
        raise NotImplementedError

    @property
    def tagged(self) -> tuple[str, ...]:
        """Fields whose value is marked for display."""
        raise NotImplementedError

    def nested_fields(self) -> Iterator[tuple[str, Identified]]:
        """Go through others in its fields, each with the name of the field."""
        raise NotImplementedError

    def seal(self) -> Self:
        """Fix it as it is."""
        raise NotImplementedError


def nested_in(value: Any) -> Iterator[Identified]:
    """Find the configurations in a value: itself, or in its lists and dictionaries, but not in one another."""
    if isinstance(value, Identified):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from nested_in(part)
    elif isinstance(value, dict):
        for name in sorted(value):
            yield from nested_in(value[name])


def identifier(kind: type) -> str:
    """Name a class in a way that is the same wherever its source lies.

    Parameters
    ----------
    kind
        A class.

    Returns
    -------
    str
        Its own ``IDENTIFIER`` if it has one, else module and qualified name. Classes of a plan and of a script are
        ``plan.Name``, whatever the file is called and however it is run.

    Examples
    --------
    >>> from simulator import Job
    >>> identifier(Job)
    'simulator.job.Job'
    """
    own = vars(kind).get("IDENTIFIER")  # not a base's: what differs must not share a name
    if isinstance(own, str):
        return own
    module = "plan" if kind.__module__ == "__main__" else kind.__module__
    return f"{module}.{kind.__qualname__}"


def shown(value: Any, *, longest: int = 60) -> str:
    """Show a value in a message, cut if it is long.

    Examples
    --------
    >>> shown("x" * 100, longest=8)
    "'xxxx..."
    """
    try:
        text = re.sub(r"\s+", " ", repr(value))
    except Exception:  # whatever a foreign object's repr does, the message is about something else
        text = f"<{type(value).__name__}>"
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
