"""Fields from text, as on a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.explore.config.learn import spec_of
from simulator.explore.config.take import refusal
from simulator.explore.config.words import Unfit

if TYPE_CHECKING:
    from simulator.explore.config.config import Config

__all__ = ["parse"]


def parse(config_class: type[Config], text: str) -> dict[str, Any]:
    """Read ``"name=value"`` by the type of the field.

    Numbers and text are as Python writes them, the latter without quotes. ``none`` is None where the field may be that.
    Lists have commas between their items, dictionaries are ``a=1,b=2``; both may be JSON instead, as may be what has no
    simple type.

    Parameters
    ----------
    config_class
        Whose field it is.
    text
        Name and value.

    Returns
    -------
    dict
        The value by its name; to be given to the class.

    Raises
    ------
    ConfigError
        If there is no such field, or the text is no value of it.

    Examples
    --------
    >>> from simulator.explore import Config
    >>> class Knobs(Config):
    ...     etas: tuple[float, ...]
    ...     window: int | None = None
    >>> parse(Knobs, "etas=0.3,1"), parse(Knobs, "window=none")
    ({'etas': (0.3, 1.0)}, {'window': None})
    """
    spec = spec_of(config_class)
    name, sign, value = text.partition("=")
    name = name.strip()
    if name not in spec.fields:
        raise refusal(config_class, spec, [], [name])
    if not sign:
        raise refusal(config_class, spec, [f"{name} has no value; write {name}=..."], [])
    try:
        return {name: spec.fields[name].kind.parse(value)}
    except Unfit as reason:
        raise refusal(config_class, spec, [f"{name} {reason}"], []) from None
