"""Configurations as JSON has them, and back.

Numbers, text, yes and no, None and lists are themselves; everything else is an object with a key that says what it
is: ``float`` (what JSON has no number for), ``dict``, ``path``, ``enum``, ``object`` (a dataclass), ``config``,
``file``, ``traces``.
"""

from __future__ import annotations

import math
from enum import Enum
from importlib import import_module
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from simulator.errors import ConfigError, nearest
from simulator.explore.config.content import Content, File, Recorded
from simulator.explore.config.encode import is_plain
from simulator.explore.config.kinds.objects import object_parts
from simulator.explore.config.learn import classes_begun, spec_of
from simulator.explore.config.words import Identified, identifier, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from simulator.explore.config.spec import Spec

__all__ = ["known_class", "read", "written"]

_ITSELF = (str, int, bool, type(None))


def written(config: Identified, spec: Spec) -> dict[str, Any]:
    """Write a configuration down; see `Config.plain`."""
    params: dict[str, Any] = {}
    metas: dict[str, Any] = {}
    for name, field in spec.fields.items():
        value = getattr(config, name)
        kept = params if field.declared.identifies else metas
        kept[name] = value if type(value) in _ITSELF else _plain(value)
    return {"class": identifier(type(config)), "version": config.VERSION, "fields": params, "meta": metas}


def _plain(value: Any) -> Any:
    if type(value) in _ITSELF:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, Enum):
        behind = {"value": _plain(value.value)} if is_plain(value.value) else {}
        return {"enum": identifier(type(value)), "name": value.name, **behind}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {"dict": {name: _plain(value[name]) for name in sorted(value)}}
    if isinstance(value, PurePath):
        return {"path": str(value)}
    if isinstance(value, Content):
        return {value.WORD: value.plain()}
    if isinstance(value, Identified):
        return {"config": value.id}
    return _plain_object(value)


def _plain_object(value: Any) -> dict[str, Any]:
    """Write a dataclass down, with what is no part of ids as far as JSON has it."""
    params, metas = {}, {}
    of: Any = type(value)
    for part in object_parts(of):
        inner = getattr(value, part.name)
        if part.identifies and not part.is_place:
            params[part.name] = _plain(inner)
        elif part.in_init and _is_simple(inner):
            metas[part.name] = inner
    return {"object": identifier(type(value)), "fields": params, "meta": metas}


def _is_simple(value: Any) -> bool:
    return type(value) in _ITSELF or (type(value) is list and all(type(part) in _ITSELF for part in value))


def read(base: type[Identified], document: Mapping[str, Any], lookup: Callable[[str], Mapping[str, Any]]) -> Identified:
    """Make a configuration again; see `Config.from_plain`.

    Parameters
    ----------
    base
        What all configurations are subclasses of.
    document
        What was written.
    lookup
        Finds what was written of a nested configuration, by its id.
    """
    return _Reader(base, lookup).config(document)


class _Reader:
    """Makes values again. A configuration that is nested in several places is made once."""

    def __init__(self, base: type[Identified], lookup: Callable[[str], Mapping[str, Any]]) -> None:
        self.base = base
        self.lookup = lookup
        self.made: dict[str, Identified] = {}
        self.classes: dict[str, type] = {}
        self.makers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "object": self.object,
            "enum": lambda document: self.known(document["enum"])[document["name"]],  # type: ignore[index]  # an enumeration
            "config": lambda document: self.nested(document["config"]),
            "dict": lambda document: {name: self.value(part) for name, part in document["dict"].items()},
            "path": lambda document: Path(document["path"]),
            "float": lambda document: float(document["float"]),
            "file": lambda document: File.from_plain(document["file"]),
            "traces": lambda document: Recorded.from_plain(document["traces"]),
        }

    def config(self, document: Mapping[str, Any]) -> Identified:
        try:
            name, version = document["class"], document["version"]
            values = {**document["fields"], **document["meta"]}
        except (KeyError, TypeError):
            raise ConfigError(f"{shown(document)} is no configuration as plain() writes it") from None
        owner = known_class(self.base, name)
        if version != owner.VERSION:
            raise ConfigError(
                f"{name} was written by version {version} of the class, which now has version {owner.VERSION}"
            )
        for field in spec_of(owner).fields.values():
            self.classes |= {identifier(kind): kind for kind in field.kind.classes()}
        return owner(**{key: self.value(value) for key, value in values.items()})

    def value(self, document: Any) -> Any:
        if isinstance(document, list):
            return tuple(self.value(part) for part in document)
        if not isinstance(document, dict):
            return document
        for word, make in self.makers.items():
            if word in document:
                return make(document)
        raise ConfigError(f"{shown(document)} is no value as plain() writes it")

    def nested(self, key: str) -> Identified:
        if key not in self.made:
            self.made[key] = self.config(self.lookup(key))
        return self.made[key]

    def object(self, document: dict[str, Any]) -> Any:
        values = {key: self.value(value) for key, value in document["fields"].items()}
        return self.known(document["object"])(**values, **document["meta"])

    def known(self, name: str) -> type:
        if name not in self.classes:
            raise ConfigError(
                f"no field here has the type {name}; there are {', '.join(sorted(self.classes)) or 'none'}"
            )
        return self.classes[name]


#: What was found, as long as no class is added.
_known: WeakValueDictionary[str, type[Identified]] = WeakValueDictionary()
_known_until = -1


def known_class(base: type[Identified], name: str) -> type[Identified]:
    """Find a class of configurations by its identifier.

    Of several with the same, as when a plan is loaded twice, the latest is meant. Classes of this package are imported
    when needed; others must have been imported, or their plan loaded.

    Parameters
    ----------
    base
        What all configurations are subclasses of.
    name
        What `plain` wrote.

    Raises
    ------
    ConfigError
        If there is none.
    """
    global _known_until  # noqa: PLW0603  # a cache
    if _known_until != classes_begun():
        _known.clear()
        _known.update((identifier(kind), kind) for kind in _below(base))
        _known_until = classes_begun()
    found = _known.get(name)
    if found is None and name.startswith("simulator."):
        _imported(name)
        found = next((kind for kind in _below(base) if identifier(kind) == name), None)
    if found is None:
        raise ConfigError(
            f"no configuration class {name!r} is known{nearest(name, _known)}; import the module that it is in, "
            "or load the plan that declares it"
        )
    return found


def _below(base: type[Identified]) -> Iterator[type[Identified]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _below(kind)


def _imported(name: str) -> None:
    """Look a dotted name up in the longest module of it that there is, which imports what it lives in."""
    module, _, rest = name.rpartition(".")
    while module:
        try:
            getattr(import_module(module), rest.partition(".")[0], None)
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            rest = f"{last}.{rest}"
        else:
            return
