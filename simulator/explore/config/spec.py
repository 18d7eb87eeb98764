"""What a class of configurations consists of: learnt once from its annotations, then used for every one of them."""

from __future__ import annotations

import builtins
import inspect
import sys
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, get_origin
from weakref import WeakKeyDictionary

from simulator.errors import ConfigError
from simulator.explore.config.encode import by_content
from simulator.explore.config.fields import MISSING, Declared
from simulator.explore.config.kinds import Kind, kind_of
from simulator.explore.config.kinds.scalars import ChoiceKind
from simulator.explore.config.words import Unfit, identifier, nested_in

__all__ = ["Field", "Spec", "begin", "classes_begun", "spec_of"]


@dataclass(frozen=True)
class Field:
    """One field of a class.

    Parameters
    ----------
    name
        Its name.
    kind
        What it takes.
    declared
        What else was said of it; a default is one that the type takes.
    type_name
        Its type as it was written.
    """

    name: str
    kind: Kind
    declared: Declared
    type_name: str

    @property
    def identifies(self) -> bool:
        """Whether it is part of the id: so unless it was declared `meta` or says where something lies."""
        return self.declared.identifies and not self.kind.is_place

    @property
    def is_required(self) -> bool:
        """Whether it has no default."""
        return self.declared.default is MISSING and self.declared.default_factory is None

    @property
    def is_later(self) -> bool:
        """Whether it was added later, and is left out of ids while it has its default."""
        return (self.declared.since or 1) > 1

    def __str__(self) -> str:
        """Say name, type, default and help, as they end an error message."""
        default = "" if self.declared.default is MISSING else f" = {self.declared.default!r}"
        help_text = f" ({self.declared.help})" if self.declared.help else ""
        return f"{self.name}: {self.type_name}{default}{help_text}"


class Spec:
    """All fields of a class, and what follows from them.

    It travels with classes that are pickled by value, whose annotations mean nothing elsewhere. What is compiled stays.

    Parameters
    ----------
    fields
        By name, in the order in which they were declared.
    """

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self.fields = dict(fields)
        self._derive()

    def _derive(self) -> None:
        self.names = tuple(self.fields)
        #: Default of each field, `MISSING` if it has none or makes it each time.
        self.template = {name: field.declared.default for name, field in self.fields.items()}
        self.factories = {n: f.declared.default_factory for n, f in self.fields.items() if f.declared.default_factory}
        #: If the values have exactly these types, there is nothing to be checked.
        self.exact = tuple(field.kind.exact for field in self.fields.values())
        self.identifying = tuple(sorted(name for name, field in self.fields.items() if field.identifies))
        #: The same, with paths.
        self.placing = tuple(sorted(name for name, field in self.fields.items() if field.declared.identifies))
        self.repeated = frozenset(name for name in self.identifying if self.fields[name].declared.repetition)
        #: Fields that may hold configurations.
        self.nesting = tuple(name for name, field in self.fields.items() if field.kind.nests)
        #: From a configuration to the text of all its parameters, and to that of those that are no repetition.
        self.text: Callable[[Any], str] = _compiled(self, self.identifying)
        self.row_text = _compiled(self, tuple(n for n in self.identifying if n not in self.repeated))

    def differs(self, name: str, value: Any) -> bool:
        """Whether a value is another than the default of its field; any is, if there is none."""
        default = self.template[name]
        return value is not default and (type(value) is not type(default) or value != default)

    def is_absent(self, config: Any, name: str) -> bool:
        """Whether a field was added later and has its default, so that it is left out of ids."""
        field = self.fields[name]
        return field.is_later and by_content(getattr(config, name)) == by_content(field.declared.default)

    def __getstate__(self) -> dict[str, Any]:
        return {"fields": self.fields}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.fields = state["fields"]

    def __getattr__(self, name: str) -> Any:
        """Compile when first needed; not before, since a class may be a part of itself and not be whole yet."""
        if name.startswith("__") or "fields" not in vars(self):
            raise AttributeError(name)
        self._derive()
        return vars(self)[name]


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
        return _learn(owner, *scope)
    except NameError:
        _scopes[owner] = scope
        return None


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


#: What is in an f-string for a value of exactly this type, with the value as ``{0}``; as `by_content` writes it.
_INLINE = {int: "i{{{0}}};", float: "f{{{0}!r}};", bool: "{{'b1;' if {0} else 'b0;'}}", str: "s{{len({0})}}:{{{0}}};"}


def _compiled(spec: Spec, names: tuple[str, ...]) -> Callable[[Any], str]:
    """Make one expression of all fields: a fifth of the time that a loop over them takes.

    Names of fields are identifiers, so that what is compiled holds nothing from outside.
    """
    space: dict[str, Any] = {"write": by_content, "later": _later}
    parts = []
    for name in names:
        field = spec.fields[name]
        if field.is_later:
            space[f"unless_{name}"] = f"{name}={by_content(field.declared.default)}"
            parts.append(f"{{later(f'{name}={{write(c.{name})}}', unless_{name})}}")
            continue
        value = _INLINE[field.kind.exact] if field.kind.exact in _INLINE else "{{write({0})}}"
        parts.append(f"{name}={value.format(f'c.{name}')}")
    exec(f'def text(c): return f"""{"".join(parts)}"""', space)  # noqa: S102  # made of identifiers and the lines above
    made: Callable[[Any], str] = space["text"]
    return made


def _later(text: str, default: str) -> str:
    return "" if text == default else text
