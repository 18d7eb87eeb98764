"""From the annotation of a field to what it takes."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from enum import Enum, Flag
from functools import cache
from pathlib import Path, PosixPath, PurePath
from typing import Any, Literal, Union, get_args, get_origin

from simulator.explore.config.content import Content
from simulator.explore.config.kinds.containers import DictKind, ListKind, TupleKind, UnionKind
from simulator.explore.config.kinds.objects import AnyKind, ContentKind, NestedKind, ObjectKind, object_parts
from simulator.explore.config.kinds.scalars import (
    BoolKind,
    ChoiceKind,
    EnumKind,
    FloatKind,
    IntKind,
    NoneKind,
    PathKind,
    StrKind,
)
from simulator.explore.config.words import Identified, Unfit

if typing.TYPE_CHECKING:
    from simulator.explore.config.kinds.base import Kind

__all__ = ["kind_of"]

_SCALARS: dict[Any, type[Kind]] = {
    None: NoneKind,
    type(None): NoneKind,
    bool: BoolKind,
    int: IntKind,
    float: FloatKind,
    str: StrKind,
    Path: PathKind,
    PosixPath: PathKind,
    PurePath: PathKind,
    Any: AnyKind,
    object: AnyKind,
}
_LISTS = (list, tuple, Sequence, MutableSequence)
_DICTS = (dict, Mapping, MutableMapping)


def kind_of(annotation: Any) -> Kind:
    """Find what a field with a type takes.

    Parameters
    ----------
    annotation
        The type, not as text.

    Returns
    -------
    Kind
        What it takes.

    Raises
    ------
    Unfit
        If no field may have this type.

    Examples
    --------
    >>> kind_of(float | None).words
    'a number or None'
    """
    if isinstance(annotation, typing.Hashable) and annotation in _SCALARS:
        return _SCALARS[annotation]()
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _union(inner)
    if origin is Literal:
        return ChoiceKind(inner)
    if origin is typing.Annotated:
        return kind_of(inner[0])
    if (origin or annotation) in _LISTS:
        return _list(origin, inner)
    if (origin or annotation) in _DICTS:
        return _dict(inner)
    if isinstance(annotation, type):
        return _class(annotation)
    raise _unknown(annotation)


def _union(members: tuple[Any, ...]) -> Kind:
    kinds = [kind_of(member) for member in members]
    real = [kind for kind in kinds if not isinstance(kind, NoneKind)]
    if len({kind.is_place for kind in real}) > 1:
        raise Unfit("may be a path or something else, so that nobody knows whether it is part of the id; choose one")
    return UnionKind(kinds)


def _list(origin: Any, inner: tuple[Any, ...]) -> Kind:
    if origin is not tuple or (len(inner) == 2 and inner[1] is Ellipsis):
        return ListKind(kind_of(inner[0] if inner else Any))
    kinds = [kind_of(item) for item in inner]
    if len({kind.is_place for kind in kinds}) > 1:
        raise Unfit(
            "mixes paths with something else, so that nobody knows whether it is part of the id; use two fields"
        )
    return TupleKind(kinds)


def _dict(inner: tuple[Any, ...]) -> Kind:
    if inner and inner[0] is not str:
        raise Unfit("is a dictionary whose keys are not text; use dict[str, ...]")
    return DictKind(kind_of(inner[1] if inner else Any))


def _class(annotation: type) -> Kind:
    if issubclass(annotation, Flag):
        raise Unfit(
            f"is a {annotation.__qualname__}, whose members can be added up to values without a name; use a list"
        )
    if issubclass(annotation, Enum):
        return EnumKind(annotation)
    if issubclass(annotation, Identified):
        return NestedKind(annotation)
    if issubclass(annotation, Content):
        return ContentKind(annotation)
    if dataclasses.is_dataclass(annotation):
        if not annotation.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # every dataclass has it
            raise Unfit(
                f"is a {annotation.__qualname__}, which can change; make it @dataclass(frozen=True), or a Config"
            )
        return ObjectKind(annotation, _parts)
    raise _unknown(annotation)


@cache
def _parts(of: type) -> dict[str, Kind]:
    """Types of those fields of a dataclass that ids are made of."""
    try:
        hints = typing.get_type_hints(of)
    except NameError as cause:
        raise Unfit(f"is a {of.__qualname__} whose types cannot be found: {cause}") from None
    kinds = {part.name: kind_of(hints[part.name]) for part in object_parts(of) if part.identifies}
    for part in object_parts(of):
        if part.identifies and kinds[part.name].is_place and not part.is_place:
            raise Unfit(f"is a {of.__qualname__} whose {part.name} is a path; say so: field(metadata={{'path': True}})")
    return kinds


def _unknown(annotation: Any) -> Unfit:
    name = annotation.__qualname__ if isinstance(annotation, type) else str(annotation)
    return Unfit(
        f"has the type {name}, which no field may have; there are bool, int, float, str, None, Path, Literal, Enum, "
        "lists, tuples, dict[str, ...], unions, Config, File, Recorded and frozen dataclasses"
    )
