"""What a class of configurations consists of, and what is compiled of it once for every one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.explore.config.encode import by_content
from simulator.explore.config.fields import MISSING, Declared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.explore.config.kinds import Kind

__all__ = ["Field", "Spec"]


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


#: What is in an f-string for a value of exactly this type, with the value as ``{0}``; as `by_content` writes it.
_INLINE: dict[type | None, str] = {
    int: "i{{{0}}};",
    float: "f{{{0}!r}};",
    bool: "{{'b1;' if {0} else 'b0;'}}",
    str: "s{{len({0})}}:{{{0}}};",
}


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
        value = _INLINE.get(field.kind.exact, "{{write({0})}}")
        parts.append(f"{name}={value.format(f'c.{name}')}")
    exec(f'def text(c): return f"""{"".join(parts)}"""', space)  # noqa: S102  # made of identifiers and the lines above
    made: Callable[[Any], str] = space["text"]
    return made


def _later(text: str, default: str) -> str:
    return "" if text == default else text
