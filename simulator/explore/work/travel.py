"""Brings cells to other processes, also those whose classes exist in this one only.

Classes of modules that another process can import travel by name. Those of a plan, of a script, of a notebook or of a
function travel by value (cloudpickle); to a process that gets many chunks, once, and as a number from then on.
"""

from __future__ import annotations

import io
import pickle
import sys
from functools import cache
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Self

import cloudpickle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["Numbered", "learn", "packed", "unpacked"]

#: Modules that are another thing in another process.
NOT_SHARED = ("__main__", "__mp_main__", "plan")

#: Classes that came to this process by value, by the number that their sender gave them.
_learned: dict[int, type] = {}


def packed(value: Any) -> bytes:
    """Pickle something so that any process with the same packages installed can read it.

    Parameters
    ----------
    value
        A `Chunk`, say.

    Returns
    -------
    bytes
        For `unpacked`.
    """
    stream = io.BytesIO()
    with _Pickler(stream) as pickler:
        pickler.dump(value)
    return stream.getvalue()


def unpacked(pickled: bytes | memoryview) -> Any:
    """Read what `packed` or `Numbered.packed` gave, in any process."""
    return pickle.loads(pickled)  # noqa: S301  # comes from our own driver


def learn(classes: Mapping[int, bytes]) -> None:
    """Remember classes that later chunks name by number.

    Parameters
    ----------
    classes
        What `Numbered.by_value` gave, by number.
    """
    for number, pickled in classes.items():
        _learned[number] = unpacked(pickled)


def _class_of(number: int) -> type:
    return _learned[number]


class Numbered:
    """Pickles many things for the same receivers, and each class that travels by value only once."""

    def __init__(self) -> None:
        self._numbers: dict[type, int] = {}
        self._by_value: dict[int, bytes] = {}

    def packed(self, value: Any) -> tuple[bytes, frozenset[int]]:
        """Pickle something.

        Parameters
        ----------
        value
            What travels.

        Returns
        -------
        pickled : bytes
            For `unpacked`.
        numbers : frozenset of int
            Classes that the receiver must `learn` before.
        """
        stream = io.BytesIO()
        with _NumberingPickler(stream, self._number) as pickler:
            pickler.dump(value)
            return stream.getvalue(), frozenset(pickler.used)

    def by_value(self, number: int) -> bytes:
        """Give a class itself, pickled."""
        return self._by_value[number]

    def _number(self, kind: type) -> int:
        if kind not in self._numbers:
            pickled = packed(kind)
            self._numbers[kind] = len(self._numbers)
            self._by_value[self._numbers[kind]] = pickled
        return self._numbers[kind]


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # published without types
    """Like cloudpickle's, which takes by value what it cannot look up; this one also what others cannot look up."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self._registered: list[ModuleType] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for module in self._registered:
            cloudpickle.unregister_pickle_by_value(module)

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, (type, FunctionType)):
            module = sys.modules.get(value.__module__)
            if module is not None and not _shared(value.__module__, getattr(module, "__file__", None)):
                self._take_by_value(module)
        return super().reducer_override(value)

    def _take_by_value(self, module: ModuleType) -> None:
        if module.__name__ not in cloudpickle.list_registry_pickle_by_value():
            cloudpickle.register_pickle_by_value(module)
            self._registered.append(module)


class _NumberingPickler(_Pickler):
    def __init__(self, stream: io.BytesIO, number: Any) -> None:
        super().__init__(stream)
        self._number = number
        self.used: set[int] = set()

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type) and not _found_elsewhere(value):
            number = self._number(value)
            self.used.add(number)
            return _class_of, (number,)
        return super().reducer_override(value)


def _found_elsewhere(kind: type) -> bool:
    """Tell whether another process finds this very class by its name."""
    found: Any = sys.modules.get(kind.__module__)
    if found is None or not _shared(kind.__module__, getattr(found, "__file__", None)):
        return False
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind


@cache
def _shared(name: str, file: str | None) -> bool:
    """Tell whether another process with the same search path imports this module from this file.

    Test runners and notebooks make modules that only this process has, under names that look like any other.
    """
    if name in NOT_SHARED:
        return False
    if file is None:  # built in
        return True
    path = None
    spec = None
    parts = name.split(".")
    for i in range(len(parts)):
        whole = ".".join(parts[: i + 1])
        found = (finder.find_spec(whole, path) for finder in sys.meta_path)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is None:
            return False
        path = spec.submodule_search_locations
    return spec is not None and spec.origin == file
