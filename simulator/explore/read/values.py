"""Fields of a configuration as a table has them: one short value a column, the same on every machine.

A path is never shown whole: it differs from one machine to the next, and is no part of what a cell is.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Value", "flat", "varying", "word_of"]

Value = str | int | float | bool | None

#: Digits of a digest that tell contents of one name apart, and of an id that people are shown.
_DIGITS = 8
_DIGITS_OF_ID = 20

#: Items of a list that are shown.
_LISTED = 4


def flat(
    document: Mapping[str, Any], look_up: Callable[[str], Mapping[str, Any] | None] | None = None
) -> dict[str, Value]:
    """Lay the fields of a configuration side by side.

    Parameters
    ----------
    document
        What `Config.plain` made.
    look_up
        Finds the document of a nested configuration by its id; without it, or where it finds none, the id is shown.

    Returns
    -------
    dict
        Values by name; what is nested has a dotted name.

    Examples
    --------
    >>> flat({"fields": {"eta": 0.5, "beta": {"float": "inf"}, "net": {"depth": 3}}})
    {'eta': 0.5, 'beta': inf, 'net.depth': 3}
    """
    found: dict[str, Value] = {}
    for name, value in document.get("fields", {}).items():
        _lay(str(name), value, found, look_up)
    return found


def varying(rows: list[dict[str, Value]]) -> list[str]:
    """Name the values that differ between rows, or that not all rows have.

    Examples
    --------
    >>> varying([{"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}])
    ['b', 'c']
    """
    first: dict[str, Value] = {}
    counts: dict[str, int] = {}
    differ: set[str] = set()
    for row in rows:
        for name, value in row.items():
            counts[name] = counts.get(name, 0) + 1
            known = first.setdefault(name, value)
            if known is not value and (type(known), known) != (type(value), value):
                differ.add(name)
    return [name for name in first if name in differ or counts[name] < len(rows)]


def word_of(value: Any) -> str:
    """Say what a value of a configuration's document is, as people read it; ids as they can be asked for.

    Examples
    --------
    >>> word_of("thrifty"), word_of(None), word_of({"float": "inf"}), word_of([{"config": 64 * "a"}, 0.5])
    ('thrifty', 'None', 'inf', '[aaaaaaaaaaaaaaaaaaaa, 0.5]')
    >>> word_of({"traces": {"sha256": "0a1b2c3d4e", "path": "here", "gpu": "v100"}})
    'v100@0a1b2c3d (here)'
    """
    if isinstance(value, list):
        shown = [*map(word_of, value[:_LISTED]), f"… ({len(value)} in all)"] if len(value) > _LISTED else value
        return f"[{', '.join(each if isinstance(each, str) else word_of(each) for each in shown)}]"
    if not isinstance(value, dict):
        return str(value)
    if "config" in value:
        return str(value["config"])[:_DIGITS_OF_ID]
    if (only := _one_value(value)) is not _SEVERAL:
        content: dict[str, Any] = next((value[kind] for kind in ("traces", "file") if kind in value), {})
        return f"{only} ({content['path']})" if content.get("path") else str(only)
    inner = next((value[word] for word in ("fields", "dict") if isinstance(value.get(word), dict)), value)
    said = ", ".join(f"{name}={word_of(each)}" for name, each in inner.items())
    return f"{str(value.get('object', '')).rpartition('.')[2]}({said})"


def _lay(name: str, value: Any, found: dict[str, Value], look_up: Any) -> None:
    if isinstance(value, dict):
        if (only := _one_value(value)) is not _SEVERAL:
            found[name] = only
            return
        if set(value) == {"config"} and isinstance(value["config"], str):
            nested = look_up(value["config"]) if look_up else None
            if nested is None:
                found[name] = value["config"][: 2 * _DIGITS]
                return
            value = nested
        inner = next((value[word] for word in ("fields", "dict") if isinstance(value.get(word), dict)), value)
        for key, each in inner.items():
            _lay(f"{name}.{key}", each, found, look_up)
        return
    found[name] = _listed(value, look_up) if isinstance(value, (list, tuple)) else value


#: What stands for "this takes more than one column".
_SEVERAL = object()


def _one_value(value: dict[str, Any]) -> Any:
    """Say in one value what a dictionary stands for: a float that JSON has no word for, content, a job, a name."""
    if set(value) == {"float"}:
        return float(value["float"])
    if set(value) == {"path"}:
        return PurePath(str(value["path"])).name
    if "enum" in value:
        return str(value.get("name"))
    for kind in ("traces", "file"):
        content = value.get(kind)
        if len(value) == 1 and isinstance(content, dict):
            called = content.get("gpu") or PurePath(str(content.get("path") or content.get("name") or kind)).name
            return f"{called}@{str(content.get('sha256', ''))[:_DIGITS]}"
    fields = value.get("fields", value)
    if isinstance(fields, dict) and {"dataset", "network", "optimizer", "target_metric"} <= set(fields):
        return _job(fields)
    return _SEVERAL


def _job(fields: dict[str, Any]) -> str:
    from simulator.job import Job

    plain: dict[str, Any] = {
        name: float(value["float"]) if isinstance(value, dict) else value for name, value in fields.items()
    }
    return str(Job(**plain))


def _listed(values: Sequence[Any], look_up: Any) -> str:
    """Write a list in one value; of configurations, how many there are, and what tells them from others."""
    if not values:
        return ""
    ids = [each["config"] for each in values if isinstance(each, dict) and set(each) == {"config"}]
    if len(ids) == len(values):
        kinds = {str(((look_up and look_up(each)) or {}).get("class", "configuration")) for each in ids}
        kind = kinds.pop().rpartition(".")[2] if len(kinds) == 1 else "configuration"
        return f"{len(ids)} of {kind}@{sha256(''.join(ids).encode()).hexdigest()[:_DIGITS]}"
    items = [_item(each) for each in values]
    return items[0] if len(items) == 1 and isinstance(values[0], dict) else f"[{','.join(items)}]"


def _item(value: Any) -> str:
    if isinstance(value, dict) and (only := _one_value(value)) is not _SEVERAL:
        return str(only)
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
