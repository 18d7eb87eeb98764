"""Combinations of values: what a plan goes through.

Axes are never changed and are gone through lazily, as often as wanted, always in the same order: the last axis runs
fastest, as in nested loops.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from itertools import chain
from itertools import product as combinations
from math import prod
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import GridError, nearest
from simulator.explore.config.tags import Tagged, tag, untagged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Axes", "product", "where", "zip_"]

#: What can be gone through, but is one value.
_ONE: Final = (str, bytes, Mapping)


class Axes(ABC):
    """Combinations of values, each a dictionary from the name of a field to its value.

    They are made by `product` and `zip_`. ``a * b`` combines each of ``a`` with each of ``b``, ``a + b`` is those of
    ``a`` and then those of ``b``, ``a.where(...)`` keeps some.

    Examples
    --------
    >>> axes = product(policy=["pruning-gts", "grid-search"], eta=[0.3, 0.7])
    >>> len(axes), list(axes)[1]
    (4, {'policy': 'pruning-gts', 'eta': 0.7})
    >>> axes = axes.where(lambda policy, eta: policy == "pruning-gts" or eta > 0.5) + product(policy="default")
    >>> [tuple(each.values()) for each in axes]
    [('pruning-gts', 0.3), ('pruning-gts', 0.7), ('grid-search', 0.7), ('default',)]
    >>> len(axes * product(seed=range(100)))
    400
    """

    #: Names of all fields that a combination may have, in the order of their first mention.
    names: tuple[str, ...]

    @abstractmethod
    def __iter__(self) -> Iterator[dict[str, Any]]: ...

    @abstractmethod
    def __len__(self) -> int: ...

    def where(self, predicate: Callable[..., object]) -> Axes:
        """Keep the combinations for which ``predicate`` is true.

        Parameters
        ----------
        predicate
            Called with those fields, by name, that its parameters name; with all if it takes ``**fields``. A parameter
            with a default may be missing in a combination.

        Raises
        ------
        GridError
            If a parameter names no field.
        """
        return _Where(self, predicate)

    def __mul__(self, other: Axes) -> Axes:
        return _Times(self, other) if isinstance(other, Axes) else NotImplemented

    def __add__(self, other: Axes) -> Axes:
        return _Sum(self, other) if isinstance(other, Axes) else NotImplemented

    def __repr__(self) -> str:
        return f"<{len(self):,} combinations of {', '.join(self.names) or 'nothing'}>"


def product(**axes: Any) -> Axes:
    """Combine every value of every axis with all others.

    Parameters
    ----------
    **axes
        The values of each field: anything that can be gone through, or one value. A text, a mapping and a configuration
        are one value each. They are read at once, so that a generator can be gone through again. An axis that is tagged
        has all its values tagged.

    Returns
    -------
    Axes
        As many as the product of the numbers of values.

    Raises
    ------
    GridError
        If an axis is a set, which has no order of its own, so that every run would number its cells differently.

    Examples
    --------
    >>> list(product(eta=[0.3, 0.7], policy="default"))
    [{'eta': 0.3, 'policy': 'default'}, {'eta': 0.7, 'policy': 'default'}]
    """
    return _Product({name: _values(name, values) for name, values in axes.items()})


def zip_(**axes: Any) -> Axes:
    """Go through axes side by side: first values together, second values together, and so on.

    Parameters
    ----------
    **axes
        As in `product`; all of one length.

    Raises
    ------
    GridError
        If lengths differ, or an axis is a set.

    Examples
    --------
    >>> list(zip_(window=[5, 10], eta=[0.3, 0.7]))
    [{'window': 5, 'eta': 0.3}, {'window': 10, 'eta': 0.7}]
    """
    columns = {name: _values(name, values) for name, values in axes.items()}
    if len(set(map(len, columns.values()))) > 1:
        lengths = ", ".join(f"{name} has {len(values)}" for name, values in columns.items())
        raise GridError(f"axes that are zipped need one length, but {lengths}: use product() to combine all with all")
    return _Zip(columns)


def where(axes: Axes, predicate: Callable[..., object]) -> Axes:
    """Keep the combinations for which ``predicate`` is true; see `Axes.where`.

    Examples
    --------
    >>> list(where(product(a=[1, 2], b=[1, 2]), lambda a, b: a < b))
    [{'a': 1, 'b': 2}]
    """
    return axes.where(predicate)


class _Product(Axes):
    """All with all."""

    def __init__(self, columns: Mapping[str, tuple[Any, ...]]) -> None:
        self.names = tuple(columns)
        self._columns = tuple(columns.values())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.names, values, strict=True)) for values in combinations(*self._columns))

    def __len__(self) -> int:
        return prod(map(len, self._columns))


class _Zip(_Product):
    """Side by side."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.names, values, strict=True)) for values in zip(*self._columns, strict=True))

    def __len__(self) -> int:
        return len(self._columns[0]) if self._columns else 0


class _Times(Axes):
    """Each of one with each of another."""

    def __init__(self, outer: Axes, inner: Axes) -> None:
        if shared := [name for name in outer.names if name in inner.names]:
            raise GridError(f"both sides of a product of axes give {', '.join(shared)}: name each field in one of them")
        self.names = (*outer.names, *inner.names)
        self._outer, self._inner = outer, inner

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return ({**left, **right} for left in self._outer for right in self._inner)

    def __len__(self) -> int:
        return len(self._outer) * len(self._inner)


class _Sum(Axes):
    """Those of one, then those of another."""

    def __init__(self, first: Axes, second: Axes) -> None:
        self.names = tuple(dict.fromkeys((*first.names, *second.names)))
        self._first, self._second = first, second

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return chain(self._first, self._second)

    def __len__(self) -> int:
        return len(self._first) + len(self._second)


class _Where(Axes):
    """Some of them."""

    def __init__(self, axes: Axes, predicate: Callable[..., object]) -> None:
        self.names, self._axes, self._predicate = axes.names, axes, predicate
        kinds = inspect.signature(predicate).parameters.values()
        self._all = any(each.kind is each.VAR_KEYWORD for each in kinds)
        named = [each for each in kinds if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
        self._needed = tuple(each.name for each in named if each.default is each.empty)
        self._wanted = tuple(each.name for each in named)
        for each in named:
            if each.name not in axes.names and each.default is each.empty:
                raise GridError(
                    f"a condition asks for {each.name}, which is no axis here; there are "
                    f"{', '.join(axes.names) or 'none'}{nearest(each.name, axes.names)}"
                )
        self._length: int | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (each for each in self._axes if self._predicate(**self._asked(each)))

    def __len__(self) -> int:
        if self._length is None:
            self._length = sum(1 for _ in self)
        return self._length

    def _asked(self, combination: Mapping[str, Any]) -> dict[str, Any]:
        if missing := [name for name in self._needed if name not in combination]:
            raise GridError(
                f"a combination of axes has no {', '.join(missing)}, which a condition asks for: "
                "give that parameter a default, or put the condition before the sum of axes"
            )
        names = combination if self._all else (name for name in self._wanted if name in combination)
        return {name: untagged(combination[name]) for name in names}


def _values(name: str, values: Any) -> tuple[Any, ...]:
    """Read an axis."""
    if isinstance(values, Tagged):
        return tuple(map(tag, _values(name, values.value)))
    if isinstance(values, set | frozenset):
        raise GridError(f"the axis {name} is a set, which has no order: give sorted({name}), or a list")
    if isinstance(values, _ONE) or not isinstance(values, Iterable):
        return (values,)
    return tuple(values)
