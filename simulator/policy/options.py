"""Options of a policy, as words of a command line and as arguments of a factory."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from simulator.errors import PolicyError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["bind", "split"]

#: Arguments that a host sets, and that are no options of one policy.
HOUSE_ARGUMENTS = ("seed", "verbose")

_WORDS: dict[str, object] = {"true": True, "false": False, "none": None}


def split(spec: str) -> tuple[str, list[tuple[str, Any]]]:
    """Split a policy's name from the options behind it.

    Parameters
    ----------
    spec
        ``name``, ``name:value`` or ``name:option=value,option=value``.

    Returns
    -------
    tuple of str and list
        The name, and pairs of option and value; the option is empty for a value that stands alone.

    Examples
    --------
    >>> split("pruning-gts:window_size=10,concurrency=true")
    ('pruning-gts', [('window_size', 10), ('concurrency', True)])
    >>> split("fixed:150")
    ('fixed', [('', 150)])
    """
    name, _, text = spec.partition(":")
    pairs = []
    for item in text.split(",") if text else []:
        option, equals, value = item.partition("=")
        pairs.append((option.strip().replace("-", "_"), _value(value)) if equals else ("", _value(item)))
    return name.strip(), pairs


def bind(name: str, factory: Callable[..., Any], pairs: list[tuple[str, Any]], **house: Any) -> dict[str, Any]:
    """Match options with what a factory takes.

    Parameters
    ----------
    name
        Name of the policy, for messages.
    factory
        Class or function that makes the policy.
    pairs
        Options and values; an empty option means the only one that the policy has.
    house
        Arguments to pass if the factory takes them.

    Returns
    -------
    dict
        Keyword arguments for the factory.

    Raises
    ------
    PolicyError
        If an option does not exist, stands twice, or is required and missing.
    """
    parameters = _parameters(name, factory)
    takes_any = any(item.kind is item.VAR_KEYWORD for item in parameters.values())
    options = [key for key, item in parameters.items() if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)]
    arguments = {key: value for key, value in house.items() if key in options}
    given: set[str] = set()
    for key, value in pairs:
        option = key or _only_option(name, options, value)
        if option not in options and not takes_any:
            raise PolicyError(f"{name!r} has no option {option!r}; {_existing(options)}{nearest(option, options)}")
        if option in given:
            raise PolicyError(f"option {option!r} of {name!r} is given twice")
        given.add(option)
        arguments[option] = value
    required = [key for key in options if parameters[key].default is inspect.Parameter.empty]
    if missing := [key for key in required if key not in arguments]:
        raise PolicyError(f"{name!r} needs {', '.join(missing)}: say {name}:{missing[0]}=...")
    return arguments


def _parameters(name: str, factory: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(factory).parameters
    except (TypeError, ValueError) as error:
        raise PolicyError(f"the policy {name!r} is {factory!r}, which is neither a class nor a function") from error


def _only_option(name: str, options: list[str], value: object) -> str:
    own = [option for option in options if option not in HOUSE_ARGUMENTS]
    if len(own) != 1:
        raise PolicyError(f"which option of {name!r} is {value!r}? Say option=value; {_existing(own)}")
    return own[0]


def _existing(options: list[str]) -> str:
    own = [option for option in options if option not in HOUSE_ARGUMENTS]
    return f"its options are {', '.join(own)}" if own else "it has none"


def _value(text: str) -> Any:
    text = text.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
