"""A dataclass of numbers as words of 64 bits, the form in which compiled code reads and writes it.

A number takes a word. A dataclass within another lies within it. A list lies behind everything else, and its word says
how many words behind the start of its dataclass: so words can be copied anywhere and are still right. A field that is
shared between many holds the address of its words instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from simulator.errors import PolicyError
from simulator.policy.history import History
from simulator.policy.stream import RandomStream

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "HISTORY_WORDS",
    "POSITION_WORDS",
    "STREAM_WORDS",
    "Field",
    "Layout",
    "Packed",
    "Words",
    "as_words",
    "layout_of",
]

Words = NDArray[np.int64]

#: Words of a `RandomStream`: those of its position (see `simulator.replay.compiled.numpy_streams`), and the address of
#: the table for its normals.
POSITION_WORDS = 6
STREAM_WORDS = POSITION_WORDS + 1

#: Words of a `History`: address of its numbers, room for how many of each batch size, whether that was too little, the
#: list of counts, and the list of running totals.
HISTORY_WORDS = 5

_NUMBERS = {int: "int", float: "float", bool: "bool"}


class Field(NamedTuple):
    """Where a field lies, and what it is.

    Parameters
    ----------
    name
        Its name.
    at
        Its first word.
    n_words
        How many words it takes within the dataclass.
    kind
        ``int``, ``float``, ``bool``; ``list``; ``struct``, ``stream``, ``history`` (within) or ``shared``.
    of
        What a list holds (``int``, ``float``, ``bool``), or the layout of a dataclass.
    """

    name: str
    at: int
    n_words: int
    kind: str
    of: Any = None


@dataclass(frozen=True)
class Layout:
    """Where the fields of a dataclass lie.

    Parameters
    ----------
    name
        Name of the dataclass.
    fields
        Its fields.
    n_words
        How many words they take, lists left out.
    """

    name: str
    fields: tuple[Field, ...]
    n_words: int

    def at(self, name: str) -> int:
        """Word of a field."""
        return next(member.at for member in self.fields if member.name == name)


@cache
def layout_of(kind: type) -> Layout:
    """Lay out a dataclass.

    Raises
    ------
    PolicyError
        If a field is neither a number, a list of numbers, a `RandomStream`, a `History` nor such a dataclass.
    """
    if not is_dataclass(kind):
        raise PolicyError(f"{kind!r} is no dataclass, and cannot be compiled")
    try:
        hints = get_type_hints(kind)
    except NameError as error:
        raise PolicyError(
            f"the types of {kind.__name__} cannot be looked up ({error}); import them at run time"
        ) from error
    laid, at = [], 0
    for item in fields(kind):
        laid.append(_lay(kind, item.name, at, hints[item.name], shared=item.metadata.get("shared", False)))
        at += laid[-1].n_words
    return Layout(kind.__name__, tuple(laid), at)


def _lay(owner: type, name: str, at: int, hint: Any, *, shared: bool) -> Field:
    if hint in _NUMBERS:
        return Field(name, at, 1, _NUMBERS[hint])
    if get_origin(hint) is list and get_args(hint)[0] in _NUMBERS:
        return Field(name, at, 1, "list", _NUMBERS[get_args(hint)[0]])
    if hint is RandomStream:
        return Field(name, at, STREAM_WORDS, "stream")
    if hint is History:
        return Field(name, at, HISTORY_WORDS, "history")
    if is_dataclass(hint) and isinstance(hint, type):
        layout = layout_of(hint)
        return Field(name, at, 1, "shared", layout) if shared else Field(name, at, layout.n_words, "struct", layout)
    raise PolicyError(
        f"{owner.__name__}.{name} is {hint}; state that compiles is made of int, float, bool, lists of those, "
        "RandomStream, History and dataclasses of those"
    )


@dataclass
class Packed:
    """A dataclass as words.

    Parameters
    ----------
    words
        The words; those of streams, of histories but for their counts, and of shared fields are 0.
    streams, histories, shared
        Where in them such fields lie.
    stream_values
        The streams themselves.
    n_remembered
        How many numbers the histories held, which are not packed.
    lists
        Where lists lie, by the word that says so.
    """

    words: Words
    streams: list[int] = field(default_factory=list)
    histories: list[int] = field(default_factory=list)
    shared: dict[str, int] = field(default_factory=dict)
    stream_values: list[RandomStream] = field(default_factory=list)
    n_remembered: int = 0
    lists: dict[int, slice] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, kind: type | None = None) -> Packed:
        """Pack a dataclass as what it is, or as an ancestor of it."""
        layout = layout_of(kind or type(value))
        packed = cls(np.zeros(layout.n_words, np.int64))
        lists: list[tuple[int, int, Any]] = []
        packed._fill(value, layout, 0, lists)
        pieces = [packed.words]
        end = layout.n_words
        for base, at, content in lists:
            packed.words[at] = end - base
            pieces.append(content)
            packed.lists[at] = slice(end, end + len(content))
            end += len(content)
        packed.words = np.concatenate(pieces)
        return packed

    def _fill(self, value: Any, layout: Layout, base: int, lists: list[tuple[int, int, Any]]) -> None:
        for member in layout.fields:
            at, part = base + member.at, getattr(value, member.name)
            if member.kind == "struct":
                self._fill(part, member.of, at, lists)
            elif member.kind == "stream":
                self.streams.append(at)
                self.stream_values.append(part)
            elif member.kind == "history":
                self.histories.append(at)
                self.n_remembered += sum(part.count(position) for position in range(part.n))
                lists.append((at, at + 3, np.zeros(part.n, np.int64)))
                lists.append((at, at + 4, as_words([-0.0] * part.n, "float")))
            elif member.kind == "shared":
                self.shared[member.name] = at
            elif member.kind == "list":
                lists.append((base, at, as_words(part, member.of)))
            else:
                self.words[at] = as_words([part], member.kind)[0]


def as_words(numbers: Sequence[float] | NDArray[Any], kind: str) -> Words:
    """Turn numbers of a kind into words: floats by their bits, truth into 0 and 1.

    Raises
    ------
    PolicyError
        If one is no such number.
    """
    given = np.asarray(numbers)
    whole = given.dtype.kind in "bi" or given.dtype == np.uint32 or not given.size
    if not whole and not (kind == "float" and given.dtype == np.float64):
        raise PolicyError(f"state that compiles holds {kind} of 64 bits where it says so, not {list(numbers)}")
    if kind == "float":
        return given.astype(np.float64).view(np.int64)
    return given.astype(bool if kind == "bool" else np.int64).astype(np.int64)
