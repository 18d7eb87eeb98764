"""Configurations: typed values by name, known by their content."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from simulator.errors import ConfigError
from simulator.explore.config.encode import by_place, digest, id_of
from simulator.explore.config.learn import begin, spec_of
from simulator.explore.config.name import name_of
from simulator.explore.config.plain import read, written
from simulator.explore.config.spec import Spec
from simulator.explore.config.take import check_apart, refusal, taken
from simulator.explore.config.words import Identified, identifier, nested_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

__all__ = ["Config"]

_put = object.__setattr__


# `param` and `meta` are no field specifiers to type checkers, which would not see a default that is given by position.
@dataclass_transform(kw_only_default=True)
class Config(Identified):
    """Typed values by name, known by their content: compare ids, for ``==`` asks whether two are the same object.

    A subclass declares its fields as annotated names, with or without `param` and `meta`. Values are checked when they
    are given; they may be assigned until the configuration is sealed, which submitting it does. Two configurations of
    equal content have equal ids, in whatever process, on whatever machine; no others have.

    Lists are kept as tuples, and dictionaries cannot be changed, so that an id stays true.

    Parameters
    ----------
    **values
        One per field; those that have a default may be left out.

    Raises
    ------
    ConfigError
        With everything that is wrong, at once.

    Examples
    --------
    >>> from simulator.explore import param
    >>> class Knobs(Config):
    ...     policy: str
    ...     eta: float = param(0.5, help="Weight of energy.")
    ...     seed: int = param(0, repetition=True)
    >>> knobs = Knobs(policy="default", seed=3)
    >>> knobs.id == Knobs(seed=3, eta=0.5, policy="default").id, knobs.row_id == Knobs(policy="default").row_id
    (True, True)
    >>> Knobs(eta="high", sed=1)
    Traceback (most recent call last):
    simulator.errors.ConfigError: Knobs: policy is missing; eta is 'high' (str); it must be a number; there is no field
    'sed'; did you mean 'seed'?. Fields: policy: str, eta: float = 0.5 (Weight of energy.), seed: int = 0
    """

    #: Part of the id. Raise it when the same values begin to mean something else.
    VERSION: ClassVar[int] = 1
    #: Part of the id: what the class is called, wherever it lies. Not inherited.
    IDENTIFIER: ClassVar[str | None] = None

    _spec: ClassVar[Spec | None] = Spec({})
    # What a configuration keeps beside its fields. These are what most have, so that it takes no room in them.
    _sealed = False
    _id: str | None = None
    _row_id: str | None = None
    _tagged: tuple[str, ...] = ()

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        frame = sys._getframe(1)
        cls._spec = begin(cls, (frame.f_globals, frame.f_locals))

    def __init__(self, **values: Any) -> None:
        spec = type(self)._spec or spec_of(type(self))
        full = {**spec.template, **values}
        if tuple(map(type, full.values())) != spec.exact:
            full, tagged = taken(type(self), spec, full)
            if tagged:
                _put(self, "_tagged", tagged)
        for name, value in full.items():
            _put(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):  # a note of the user's own
            return _put(self, name, value)
        spec = spec_of(type(self))
        if name not in spec.fields:
            raise refusal(type(self), spec, [], [name])
        if self._sealed:
            raise ConfigError(f"{self.name} is sealed (submitted), so its id must stay; copy it: .copy({name}=...)")
        kept, tagged = taken(type(self), spec, {name: value})
        check_apart(self, name, kept[name])
        _put(self, name, kept[name])
        if tagged or name in self._tagged:
            _put(self, "_tagged", (*(other for other in self._tagged if other != name), *tagged))
        return None

    def __delattr__(self, name: str) -> None:
        if name in spec_of(type(self)).fields:
            raise ConfigError(f"{type(self).__name__}: {name} cannot be deleted; assign another value")
        object.__delattr__(self, name)

    def __repr__(self) -> str:
        """Show the fields that differ from their defaults."""
        spec = spec_of(type(self))
        given = (name for name in spec.names if spec.differs(name, getattr(self, name)))
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in given)})"

    def __reduce__(self) -> tuple[Any, ...]:
        names = spec_of(type(self)).names
        return _revived, (type(self), names, tuple(getattr(self, name) for name in names), self._carried())

    def _carried(self) -> dict[str, Any]:
        """Collect what goes along to other processes beside the fields."""
        carried: dict[str, Any] = {"_sealed": True, "_id": self.id} if self._sealed else {}
        return carried | {"_tagged": self._tagged} if self._tagged else carried

    def seal(self) -> Self:
        """Fix all values, those of nested configurations too, and return it; submitting does so."""
        if not self._sealed:
            for inner in self.nested():
                inner.seal()
            _put(self, "_sealed", True)
        return self

    @property
    def sealed(self) -> bool:
        """Whether values cannot be assigned any more."""
        return self._sealed

    def copy(self, **changes: Any) -> Self:
        """Make another one that is not sealed; nested configurations are shared.

        Parameters
        ----------
        **changes
            Values that are to be different. What is not changed is not checked again, so this is the quick way to many.

        Raises
        ------
        ConfigError
            With all that is wrong.
        """
        spec = type(self)._spec or spec_of(type(self))
        kept, tagged = taken(type(self), spec, changes) if changes else (changes, ())
        made = type(self).__new__(type(self))
        for name in spec.names:
            _put(made, name, kept[name] if name in kept else getattr(self, name))
        if tagged or self._tagged:
            _put(made, "_tagged", (*(name for name in self._tagged if name not in changes), *tagged))
        return made

    @property
    def id(self) -> str:
        """SHA-256 over class, version and all parameters by name, 64 hexadecimal digits.

        Left out are `meta` fields, paths, and fields that were added later (``since``) and have their default.
        """
        if self._id is not None:
            return self._id
        spec = spec_of(type(self))
        made = id_of(self, spec.text)
        if self._sealed:
            _put(self, "_id", made)
        return made

    @property
    def row_id(self) -> str:
        """The same without repetitions: cells of one row differ in their seeds only."""
        if self._row_id is not None:
            return self._row_id
        spec = spec_of(type(self))
        if not spec.repeated:
            return self.id
        made = id_of(self, spec.row_text)
        if self._sealed:
            _put(self, "_row_id", made)
        return made

    @property
    def slot_id(self) -> str:
        """The same without class version and file contents, but with paths: what a user would call the same cell."""
        spec = spec_of(type(self))
        parts = [f"{name}={by_place(getattr(self, name))}" for name in spec.placing if not spec.is_absent(self, name)]
        return digest(f"{identifier(type(self))}\n{''.join(parts)}")

    @property
    def name(self) -> str:
        """What people and files call it: its tags, or else what differs from defaults; others may be called so too."""
        return name_of(self, spec_of(type(self)))

    @property
    def tagged(self) -> tuple[str, ...]:
        """Fields whose value was given as `tag(value)`."""
        return self._tagged

    def nested(self) -> Iterator[Config]:
        """Go through the configurations in its fields, their lists and their dictionaries; not through theirs."""
        return (inner for _, inner in self.nested_fields())

    def nested_fields(self) -> Iterator[tuple[str, Config]]:
        """Go through the same, each with the name of the field."""
        for name in spec_of(type(self)).nesting:
            for inner in nested_in(getattr(self, name)):
                yield name, inner  # type: ignore[misc]  # there are no others

    def plain(self) -> dict[str, Any]:
        """Write it down as JSON has it: class, version, fields and meta; nested configurations by their ids."""
        return written(self, spec_of(type(self)))

    @classmethod
    def from_plain(cls, document: Mapping[str, Any], lookup: Callable[[str], Mapping[str, Any]]) -> Self:
        """Make a configuration again from what `plain` wrote; it is not sealed.

        Parameters
        ----------
        document
            What was written.
        lookup
            Finds what was written of a nested configuration, by its id.

        Raises
        ------
        ConfigError
            If the class is unknown, is no subclass of this one, or has changed.
        """
        made = read(Config, document, lookup)
        if not isinstance(made, cls):
            raise ConfigError(f"a {document['class']} was written down, which is no {cls.__name__}")
        return made


def _revived(owner: type[Config], names: tuple[str, ...], values: tuple[Any, ...], carried: dict[str, Any]) -> Config:
    here = spec_of(owner).names
    if names != here:  # its module was edited while it waited
        sent = f"a {identifier(owner)} was sent with the fields {', '.join(names)}"
        raise ConfigError(f"{sent}, and has {', '.join(here)} here; run the plan again")
    made = owner.__new__(owner)
    for name, value in zip(names, values, strict=True):
        _put(made, name, value)
    for name, value in carried.items():
        _put(made, name, value)
    return made
