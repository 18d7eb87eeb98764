"""What a field of a configuration is declared with: `param` and `meta`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["MISSING", "Declared", "Missing", "meta", "param"]


class Missing:
    """The one value that says that there is none."""

    def __repr__(self) -> str:
        """Show itself in signatures."""
        return "<required>"

    def __reduce__(self) -> str:
        """Stay the only one, in other processes too."""
        return "MISSING"


#: No default: the field must be given.
MISSING = Missing()


@dataclass(frozen=True)
class Declared:
    """What a class says of a field, beside its type.

    Parameters
    ----------
    default
        Value where none is given; `MISSING` if one must be.
    default_factory
        Makes the default, once per configuration; None if there is none.
    help
        A sentence for people: help of the command-line option, and part of error messages.
    since
        Version of the class that brought the field; see `param`.
    repetition
        Whether cells that differ in it alone are repetitions of one row.
    choices
        All values there are; None for any that the type has.
    identifies
        Whether it is part of the id.
    """

    default: Any = MISSING
    default_factory: Callable[[], Any] | None = None
    help: str = ""
    since: int | None = None
    repetition: bool = False
    choices: tuple[Any, ...] | None = None
    identifies: bool = True


def param(
    default: Any = MISSING,
    *,
    default_factory: Callable[[], Any] | None = None,
    help: str = "",  # noqa: A002  # as click and argparse call it
    since: int | None = None,
    repetition: bool = False,
    choices: Iterable[Any] | None = None,
) -> Any:
    """Declare a parameter: what it is decides the result, so it is part of the id.

    Parameters
    ----------
    default
        Value where none is given; without one the field must be given.
    default_factory
        Makes the default instead, once per configuration.
    help
        A sentence for people.
    since
        From 2 on, says that the field came later: it is left out of the id while it has its default, so that results
        from before it was there are found. Say it only if the default means just what was done before, and leave
        ``VERSION`` as it is, which is part of every id; another default later is warned of by the next run.
    repetition
        Whether cells that differ in it alone are repetitions of one row, as seeds are.
    choices
        All values there are, if the type has more.

    Returns
    -------
    Any
        To be assigned to the annotated name in the body of a `Config`.

    Examples
    --------
    >>> from simulator.explore import Config
    >>> class Knobs(Config):
    ...     eta: float = param(0.5, help="Weight of energy.")
    ...     seed: int = param(0, repetition=True)
    >>> Knobs(eta=1).eta
    1.0
    """
    chosen = None if choices is None else tuple(choices)
    return Declared(default, default_factory, help, since, repetition, chosen)


def meta(default: Any = MISSING, *, default_factory: Callable[[], Any] | None = None, help: str = "") -> Any:  # noqa: A002  # as click and argparse call it
    """Declare a field that decides nothing about the result: verbosity, a title. It is never part of the id.

    Parameters
    ----------
    default
        Value where none is given; without one the field must be given.
    default_factory
        Makes the default instead, once per configuration.
    help
        A sentence for people.

    Returns
    -------
    Any
        To be assigned to the annotated name in the body of a `Config`.
    """
    return Declared(default, default_factory, help, identifies=False)
