"""Tags: values marked for display. They are never part of an id."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, TypeVar, cast

from simulator.explore.config.words import Identified

__all__ = ["Tagged", "path_of", "tag", "tags", "tagspath", "untagged", "word_for"]

T = TypeVar("T")

#: Most configurations of a list that a name names.
_NAMED = 3

_UNSAFE = re.compile(r"[^\w.+@,=-]+")


class Tagged:
    """A value on its way into a configuration, marked.

    Parameters
    ----------
    value
        The value itself.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        """Show itself as it is written."""
        return f"tag({self.value!r})"


def tag(value: T) -> T:
    """Mark a value: the field that gets it shows up in `tags`, in names and in tables.

    Parameters
    ----------
    value
        What the field is to be.

    Returns
    -------
    Any
        To be given to a configuration, or to an axis. For type checkers it is the value itself.

    Examples
    --------
    >>> from simulator.explore import Config
    >>> class Knobs(Config):
    ...     eta: float = 0.5
    ...     beta: float = 2.0
    >>> knobs = Knobs(eta=tag(0.3), beta=1.5)
    >>> knobs.eta, tags(knobs)
    (0.3, {'eta': 0.3})
    """
    return cast("T", value if isinstance(value, Tagged) else Tagged(value))


def untagged(value: Any) -> Any:
    """Take the mark off, if there is one."""
    return value.value if isinstance(value, Tagged) else value


def tags(config: Identified) -> dict[str, Any]:
    """Collect what is tagged, in a configuration and in those nested in it.

    Parameters
    ----------
    config
        A configuration.

    Returns
    -------
    dict
        Values by the names of their fields, sorted. Where two have the same name, the inner one is called
        ``outer.inner``. Of several configurations in one field, what they agree in.
    """
    found = {name: getattr(config, name) for name in config.tagged}
    inside: dict[str, list[dict[str, Any]]] = {}
    for outer, inner in config.nested_fields():
        inside.setdefault(outer, []).append(tags(inner))
    for outer, (first, *others) in inside.items():
        for name, value in first.items():
            if all(name in each and each[name] == value for each in others):
                found[f"{outer}.{name}" if name in found else name] = value
    return dict(sorted(found.items()))


def tagspath(config: Identified) -> str:
    """Tags as a name that a file may have.

    Parameters
    ----------
    config
        A configuration.

    Returns
    -------
    str
        ``"k=v_k=v"``, sorted by name; empty without tags.

    Examples
    --------
    >>> from simulator.explore import Config
    >>> class Knobs(Config):
    ...     policy: str
    ...     eta: float = 0.5
    >>> tagspath(Knobs(policy=tag("default+full"), eta=tag(0.3)))
    'eta=0.3_policy=default+full'
    """
    return path_of(tags(config))


def path_of(values: dict[str, Any]) -> str:
    """Join names and values as `tagspath` does."""
    return "_".join(f"{name}={word_for(value)}" for name, value in values.items())


def _many(values: tuple[Any, ...] | list[Any]) -> str:
    """Count configurations where they are too many to be named."""
    kinds = {type(value) for value in values if isinstance(value, Identified)}
    if len(values) <= _NAMED or len(kinds) != 1 or not all(isinstance(value, Identified) for value in values):
        return ""
    return f"{len(values)}-of-{kinds.pop().__name__}"


def word_for(value: Any) -> str:
    """Show a value in one word that a file name may hold."""
    if type(value) is float or type(value) is int:
        return repr(value)
    if isinstance(value, (tuple, list)):
        text = _many(value) or ",".join(map(word_for, value))
    elif isinstance(value, dict):
        text = ",".join(f"{name}={word_for(part)}" for name, part in sorted(value.items()))
    elif isinstance(value, Enum):
        text = value.name
    else:
        text = str(value.name if isinstance(value, Identified) else value)
    return _UNSAFE.sub("-", text).strip("-") or "-"
