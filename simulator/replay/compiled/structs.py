"""Teaches numba what state looks like in memory: dataclasses as words.

Imported where something is compiled and nowhere else, since numba takes a while to load. A `Struct` is a pointer to the
words of a dataclass as `simulator.replay.compiled.layout` lays them out; reading and writing its fields compiles to a
load and a store.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models, register_default
from numba.core.errors import NumbaTypeError
from numba.core.imputils import lower_builtin, lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, type_callable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.replay.compiled.layout import Field, Layout

__all__ = ["FLOATS", "WORDS", "PastRewards", "Stream", "Struct", "WordList", "at_address", "struct_of"]

_WORD, _BYTE_POINTER, _DOUBLE = ir.IntType(64), ir.IntType(8).as_pointer(), ir.DoubleType()


class WordList(types.Type):
    """Neighbouring words, each holding a number of one type."""

    def __init__(self, dtype: types.Type) -> None:
        self.dtype = dtype
        super().__init__(f"WordList({dtype})")


class Struct(types.Type):
    """Words of a dataclass. A subclass has methods of its own."""

    def __init_subclass__(cls) -> None:
        register_default(cls)(models.OpaqueModel)

    def __init__(self, name: str, members: dict[str, tuple[str, int, types.Type]]) -> None:
        #: By name: how the field is reached (number, list, within, shared), its word, its type.
        self.members = members
        super().__init__(f"{type(self).__name__}({name}: {members})")


class Stream(Struct):
    """Words of a `RandomStream`."""


class PastRewards(Struct):
    """Words of a `History`."""


register_default(WordList)(models.OpaqueModel)
register_default(Struct)(models.OpaqueModel)

WORDS, FLOATS = WordList(types.uint64), WordList(types.float64)
_ELEMENTS = {"int": types.int64, "float": types.float64, "bool": types.boolean}
_STREAM = Stream("stream", {"words": ("within", 0, WORDS), "table": ("shared", 6, FLOATS)})
_HISTORY = PastRewards(
    "history",
    {
        "numbers": ("shared", 0, FLOATS),
        "room": ("number", 1, types.int64),
        "full": ("number", 2, types.boolean),
        "counts": ("list", 3, WordList(types.int64)),
        "running": ("list", 4, FLOATS),
    },
)


def struct_of(layout: Layout, kinds: Mapping[str, type[Struct]] | None = None) -> Struct:
    """Make the numba type of a dataclass that was laid out; kinds are those of dataclasses that have methods."""
    kinds = kinds or {}
    members = {field.name: _member(field, kinds) for field in layout.fields}
    return kinds.get(layout.name, Struct)(layout.name, members)


def _member(field: Field, kinds: Mapping[str, type[Struct]]) -> tuple[str, int, types.Type]:
    if field.kind in _ELEMENTS:
        return "number", field.at, _ELEMENTS[field.kind]
    if field.kind == "list":
        return "list", field.at, WordList(_ELEMENTS[field.of])
    if field.kind in ("stream", "history"):
        return "within", field.at, _STREAM if field.kind == "stream" else _HISTORY
    return "within" if field.kind == "struct" else "shared", field.at, struct_of(field.of, kinds)


@infer_getattr
class _Fields(AttributeTemplate):
    """What the fields of a struct are, to numba's type inference."""

    key = Struct

    def generic_resolve(self, struct: Struct, name: str) -> types.Type | None:
        """Look a field up; what is none may be a method."""
        return struct.members[name][2] if name in struct.members else None


def _place(builder: Any, base: Any, offset: Any) -> Any:
    """Point to a word so many words behind another."""
    return builder.gep(builder.bitcast(base, _WORD.as_pointer()), [offset])


def _load(builder: Any, place: Any, kind: types.Type) -> Any:
    if kind == types.float64:
        return builder.load(builder.bitcast(place, _DOUBLE.as_pointer()))
    word = builder.load(place)
    return builder.icmp_signed("!=", word, _WORD(0)) if kind == types.boolean else word


def _store(builder: Any, place: Any, kind: types.Type, value: Any) -> None:
    if kind == types.float64:
        place = builder.bitcast(place, _DOUBLE.as_pointer())
    builder.store(builder.zext(value, _WORD) if kind == types.boolean else value, place)


@lower_getattr_generic(Struct)
def _get_field(context: Any, builder: Any, struct: Struct, base: Any, name: str) -> Any:
    how, at, kind = struct.members[name]
    place = _place(builder, base, _WORD(at))
    if how == "number":
        return _load(builder, place, kind)
    if how == "list":
        place = _place(builder, base, builder.load(place))
    elif how == "shared":
        return builder.inttoptr(builder.load(place), _BYTE_POINTER)
    return builder.bitcast(place, _BYTE_POINTER)


@lower_setattr_generic(Struct)
def _set_field(context: Any, builder: Any, signature: Any, arguments: Any, name: str) -> None:
    _, at, kind = signature.args[0].members[name]
    if getattr(arguments[1], "opname", "") in ("fptosi", "fptoui"):  # numba has cut it off just now, Python would not
        raise NumbaTypeError(f"{name} is a whole number, and is given a real one; say int(...)")
    _store(builder, _place(builder, arguments[0], _WORD(at)), kind, arguments[1])


@type_callable(operator.getitem)
def _type_getitem(context: Any) -> Any:
    def typer(words: Any, index: Any) -> Any:
        return words.dtype if isinstance(words, WordList) and isinstance(index, types.Integer) else None

    return typer


@type_callable(operator.setitem)
def _type_setitem(context: Any) -> Any:
    def typer(words: Any, index: Any, value: Any) -> Any:
        if not isinstance(words, WordList) or not isinstance(index, types.Integer):
            return None
        if isinstance(value, types.Float) and words.dtype != types.float64:
            raise NumbaTypeError("a list of whole numbers is given a real one; say int(...)")
        return types.void

    return typer


@lower_builtin(operator.getitem, WordList, types.Integer)
def _get_item(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    index = context.cast(builder, arguments[1], signature.args[1], types.int64)
    return _load(builder, _place(builder, arguments[0], index), signature.args[0].dtype)


@lower_builtin(operator.setitem, WordList, types.Integer, types.Any)
def _set_item(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    index = context.cast(builder, arguments[1], signature.args[1], types.int64)
    element = signature.args[0].dtype
    value = context.cast(builder, arguments[2], signature.args[2], element)
    _store(builder, _place(builder, arguments[0], index), element, value)
    return context.get_dummy_value()


def at_address(kind: types.Type) -> Any:
    """Make a function that turns an address, a whole number, into a pointer of a type."""

    @intrinsic
    def view(_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], _BYTE_POINTER)

        return kind(types.int64), generate

    return view
