"""From what a user gives to what a configuration keeps, or to one error that says all that is wrong."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from simulator.errors import ConfigError, nearest
from simulator.explore.config.fields import MISSING
from simulator.explore.config.tags import Tagged
from simulator.explore.config.words import Identified, Unfit, nested_in, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.explore.config.spec import Spec

__all__ = ["check_apart", "check_callback", "refusal", "taken"]


def taken(owner: type, spec: Spec, values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Check values by field.

    Parameters
    ----------
    owner
        The class, for the message.
    spec
        Its fields.
    values
        What was given; `MISSING` where nothing was.

    Returns
    -------
    kept : dict
        The values in the form that they are kept in.
    tagged : tuple of str
        Fields whose value was tagged.

    Raises
    ------
    ConfigError
        With everything that is wrong.
    """
    kept: dict[str, Any] = {}
    tagged: list[str] = []
    wrong: list[str] = []
    for name, given in values.items():
        field = spec.fields.get(name)
        if field is None:
            continue
        value = given
        if type(value) is Tagged:
            tagged.append(name)
            value = value.value
        if value is MISSING:
            if name not in spec.factories:
                wrong.append(f"{name} is missing")
                continue
            value = spec.factories[name]()
        try:
            kept[name] = value if type(value) is field.kind.exact else field.kind.take(value)
        except Unfit as reason:
            wrong.append(f"{name} {reason}")
    unknown = [name for name in values if name not in spec.fields]
    if wrong or unknown:
        raise refusal(owner, spec, wrong, unknown)
    return kept, tuple(tagged)


def check_apart(owner: Identified, name: str, value: Any) -> None:
    """Refuse to put a configuration into itself, at whatever depth: it would have no id, nor an end.

    Parameters
    ----------
    owner
        The configuration.
    name
        The field that is assigned.
    value
        What it would hold.

    Raises
    ------
    ConfigError
        If the configuration is in the value.
    """
    seen: set[int] = set()
    waiting = list(nested_in(value))
    while waiting:
        inner = waiting.pop()
        if inner is owner:
            raise ConfigError(f"{type(owner).__name__}: {name} would hold this configuration itself; give it a copy")
        if id(inner) not in seen:
            seen.add(id(inner))
            waiting += (other for _, other in inner.nested_fields())


def check_callback(callback: Any, task: Identified) -> None:
    """Refuse what cannot be called with a task, as far as its signature tells.

    Raises
    ------
    ConfigError
        If it cannot.
    """
    try:
        signature(callback).bind(task)
    except TypeError as error:
        raise ConfigError(
            f"{shown(callback)} cannot be called with the task: {error}; write lambda task: ..."
        ) from None
    except ValueError:  # something built in that does not tell
        return


def refusal(owner: type, spec: Spec, wrong: list[str], unknown: list[str]) -> ConfigError:
    """Say what is wrong, and which fields there are.

    Parameters
    ----------
    owner
        The class.
    spec
        Its fields.
    wrong
        What is wrong with fields that there are, a clause each.
    unknown
        Names that are no fields.
    """
    wrong = wrong + [f"there is no field {name!r}{nearest(name, spec.fields)}" for name in unknown]
    fields = ", ".join(map(str, spec.fields.values())) or "none"
    return ConfigError(f"{owner.__name__}: {'; '.join(wrong)}. Fields: {fields}")
