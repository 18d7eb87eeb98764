"""From the annotations of a class to its fields."""

from __future__ import annotations

import builtins
import inspect
import sys
from collections import ChainMap
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, get_origin
from weakref import WeakKeyDictionary

from simulator.errors import ConfigError
from simulator.explore.config.fields import MISSING, Declared
from simulator.explore.config.kinds import kind_of
from simulator.explore.config.kinds.scalars import ChoiceKind
from simulator.explore.config.spec import Field, Spec
from simulator.explore.config.words import Unfit, identifier, nested_in

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["begin", "classes_begun", "spec_of"]

#: Where classes were written whose annotations speak of what did not exist yet: globals and locals.
_scopes: WeakKeyDictionary[type, tuple[dict[str, Any], Mapping[str, Any]]] = WeakKeyDictionary()


_begun = 0


def classes_begun() -> int:
    """How many classes there have been; what was found among them holds until this changes."""
    return _begun


def begin(owner: type, scope: tuple[dict[str, Any], Mapping[str, Any]]) -> Spec | None:
    """Learn the fields of a class that is being made.

    Parameters
    ----------
    owner
        The class.
    scope
        Globals and locals of where it is written.

    Returns
    -------
    Spec or None
        The fields; None if an annotation speaks of something that does not exist yet. `spec_of` tries again.

    Raises
    ------
    ConfigError
        With all that is wrong in the class.
    """
    global _begun  # noqa: PLW0603  # a counter
    _begun += 1
    try:
        spec = _learn(owner, *scope)
    except NameError:
        _scopes[owner] = scope
        return None
    _make_room(owner, spec)
    return spec


def _make_room(owner: type, spec: Spec) -> None:
    """Let one instance have all names that any will have.

    Python gives later ones room for the names that earlier ones had (shared keys, PEP 412), and a whole dictionary to
    those that want more: sealed configurations would take twice the memory.
    """
    first: Any = object.__new__(owner)
    for name in (*spec.names, "_sealed", "_id", "_row_id", "_tagged"):
        object.__setattr__(first, name, None)


def spec_of(owner: type) -> Spec:
    """Fields of a class that has been made.

    Raises
    ------
    ConfigError
        If an annotation speaks of something that still does not exist.
    """
    spec: Spec | None = owner._spec  # type: ignore[attr-defined]  # every configuration has it
    if spec is None:
        try:
            spec = _learn(owner, *_scopes.get(owner, (vars(sys.modules.get(owner.__module__, builtins)), {})))
        except NameError as cause:
            raise ConfigError(
                f"class {identifier(owner)}: the type of a field speaks of {cause.name!r}, which does not exist there; "
                "import it, and not under TYPE_CHECKING only"
            ) from None
        owner._spec = spec  # type: ignore[attr-defined]  # every configuration has it
    return spec


def _learn(owner: type, module: dict[str, Any], names: Mapping[str, Any]) -> Spec:
    fields: dict[str, Field] = {}
    for above in reversed(owner.__mro__[1:]):
        if "_spec" in vars(above):
            fields.update(spec_of(above).fields)
    inherited = frozenset(fields)
    wrong: list[str] = []
    annotations = inspect.get_annotations(owner)
    for name in [*annotations, *(name for name in fields if name in vars(owner) and name not in annotations)]:
        found = vars(owner).get(name, MISSING)
        try:
            if name not in annotations:  # another default for a field of a base
                fields[name] = _checked(replace(fields[name], declared=replace(fields[name].declared, default=found)))
                continue
            meaning = _meaning(annotations[name], module, ChainMap({owner.__name__: owner}, names))  # type: ignore[arg-type]  # only read
            if get_origin(meaning) is ClassVar or meaning is ClassVar:
                continue
            if name not in inherited and any(name in vars(above) for above in owner.__mro__[1:]):
                raise Unfit(f"is what every {owner.__mro__[1].__name__} has; call it differently")
            fields[name] = _field(name, meaning, annotations[name], found)
        except Unfit as reason:
            wrong.append(f"{name} {reason}")
    if wrong:
        raise ConfigError(f"class {identifier(owner)}: " + "; ".join(wrong))
    return Spec(fields)


def _meaning(annotation: Any, module: dict[str, Any], names: Mapping[str, Any]) -> Any:
    """Evaluate an annotation where its class was written, as `typing.get_type_hints` does."""
    if not isinstance(annotation, str):
        return annotation
    if annotation.startswith(("ClassVar", "typing.ClassVar")):
        return ClassVar
    return eval(annotation, module, names)  # noqa: S307  # source of the class itself


def _field(name: str, meaning: Any, annotation: Any, found: Any) -> Field:
    if name.startswith("_"):
        raise Unfit("begins with an underscore, which no option or column does; call it differently")
    declared = found if isinstance(found, Declared) else Declared(found)
    kind = kind_of(meaning)
    if declared.choices is not None:
        kind = ChoiceKind(tuple(kind.take(choice) for choice in declared.choices), kind)
    type_name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return _checked(Field(name, kind, declared, type_name))


def _checked(field: Field) -> Field:
    """Bring the default into the form that values are kept in."""
    declared = field.declared
    if field.is_later and declared.default is MISSING:
        raise Unfit(f"is there since version {declared.since}, but has no default; what was done before it was there?")
    if declared.default is MISSING:
        return field
    if declared.default_factory is not None:
        raise Unfit("has both a default and a default_factory; keep one of them")
    try:
        default = field.kind.take(declared.default)
    except Unfit as reason:
        raise Unfit(f"has a default that {reason}") from None
    for inner in nested_in(default):
        inner.seal()  # all configurations of the class share it
    return replace(field, declared=replace(declared, default=default))
