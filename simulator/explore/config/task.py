"""Tasks: configurations that can be executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from simulator.errors import ConfigError
from simulator.explore.config.config import Config, _put
from simulator.explore.config.context import current
from simulator.explore.config.take import check_callback

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from pathlib import Path
    from typing import Self

    import pandas as pd

__all__ = ["Task", "TokenDependency"]


@runtime_checkable
class TokenDependency(Protocol):
    """A number of tokens that must be free before a task begins."""

    @property
    def count(self) -> int:
        """How many."""

    @property
    def token(self) -> Any:
        """Of which."""


class Task(Config):
    """A configuration that can be executed: one cell of a grid.

    A subclass declares fields and writes `execute`. Cells that are quicker together also have `batch_key` and
    `execute_many`.

    Examples
    --------
    >>> class Square(Task):
    ...     side_m: float
    ...     def execute(self):
    ...         return {"area_m2": self.side_m**2}
    >>> Square(side_m=3).execute()
    {'area_m2': 9.0}
    """

    # Tasks and tokens that were added, and callbacks; few have any of their own, so that they take no room.
    _needed: ClassVar[tuple[Task, ...]] = ()
    _tokens: ClassVar[tuple[TokenDependency, ...]] = ()
    _callbacks: ClassVar[tuple[Callable[[Task], object], ...]] = ()

    def execute(self) -> Any:
        """Do the work; subclasses write this.

        Before it, the global generators of `random` and `numpy.random` are seeded by the id. What is printed is kept.

        Returns
        -------
        mapping, sequence of mappings, pandas.DataFrame or None
            One row, several rows, or a table: numbers and text by the names of their columns.
        """
        raise ConfigError(f"{type(self).__name__} does not say what it does; give it a method execute(self)")

    @classmethod
    def execute_many(cls, cells: Sequence[Self]) -> Iterator[Any]:
        """Do the work of several cells that have the same `batch_key`; one after the other, unless overridden.

        An own one draws from generators of its own, since the global ones are seeded once for the whole call. If it
        raises, the cells that have no result yet run again, each alone.

        Parameters
        ----------
        cells
            The cells.

        Yields
        ------
        Any
            What `execute` returns, for each cell in its turn; an exception, yielded and not raised, if it failed.
        """
        for cell in cells:
            try:
                result = cell.execute()
            except Exception as failure:  # the others go on
                result = failure
            yield result

    def batch_key(self) -> Hashable | None:
        """Say which cells are quicker together: those with equal keys come in one call of `execute_many`.

        Returns
        -------
        hashable or None
            The key; None for a cell that is best alone.
        """
        return None

    def add_dependencies(self, *needed: Task | TokenDependency) -> Self:
        """Let this begin only when other tasks are done, or when tokens are free.

        What a task needs by its fields it waits for anyway. Dependencies are no part of the id.

        Parameters
        ----------
        *needed
            Tasks, or what ``token.dependency(2)`` made.

        Returns
        -------
        Task
            Itself.

        Raises
        ------
        ConfigError
            If it has been submitted already, would wait for itself, or something else is given.
        """
        if self._sealed:
            raise ConfigError(f"{self.name} is sealed (submitted) already; add dependencies before")
        for one in needed:
            if isinstance(one, Task):
                if one is self or any(inner is self for inner in one.dependencies()):
                    raise ConfigError(f"{self.name} would wait for itself, through {one.name}")
                _put(self, "_needed", (*self._needed, one))
            elif isinstance(one, TokenDependency):
                _put(self, "_tokens", (*self._tokens, one))
            else:
                raise ConfigError(f"{one!r} is neither a task nor a number of tokens (token.dependency(2))")
        return self

    @property
    def tokens(self) -> tuple[TokenDependency, ...]:
        """Tokens that must be free before it begins."""
        return self._tokens

    def dependencies(self) -> Iterator[Task]:
        """Go through the tasks that must be done before: in its fields, at any depth of plain configurations, or added.

        Each comes once; their own dependencies are theirs to tell.
        """
        seen: set[int] = set()
        waiting: list[Config] = [*self.nested(), *self._needed]
        while waiting:
            one = waiting.pop(0)
            if id(one) in seen:
                continue
            seen.add(id(one))
            if isinstance(one, Task):
                yield one
            else:
                waiting += one.nested()

    def submit(self) -> Self:
        """Seal it and hand it to the current experiment.

        Returns
        -------
        Task
            Itself, or the task of the same id that was submitted first.

        Raises
        ------
        ExploreError
            If there is no experiment.
        """
        task: Self = current(f"submitting {type(self).__name__}").submit(self.seal())
        return task

    def on_completed(self, callback: Callable[[Task], object]) -> Self:
        """Have something called in the plan's process once the task is done, before `wait` returns.

        Parameters
        ----------
        callback
            Called with the task. Several are called in the order in which they were given.

        Returns
        -------
        Task
            Itself.

        Raises
        ------
        ConfigError
            If it cannot be called with a task, as far as its signature tells.
        """
        check_callback(callback, self)
        _put(self, "_callbacks", (*self._callbacks, callback))
        return self

    @property
    def callbacks(self) -> tuple[Callable[[Task], object], ...]:
        """What is to be called once it is done."""
        return self._callbacks

    @property
    def jobpath(self) -> Path:
        """Folder of its own, which exists when this returns; the same in the plan and in `execute`."""
        return current("a task's folder").jobpath(self)

    def result(self) -> pd.DataFrame:
        """Rows of this task once it is done: after `wait`, and in `execute` of those that depend on it.

        Returns
        -------
        pandas.DataFrame
            What `execute` returned, as a table.

        Raises
        ------
        ExploreError
            If it is not done.
        """
        return current("a task's result").result(self)

    def copy(self, **changes: Any) -> Self:
        """Make another one that is not sealed; it needs the same tasks and tokens. See `Config.copy`."""
        made = super().copy(**changes)
        if self._needed or self._tokens:
            _put(made, "_needed", self._needed)
            _put(made, "_tokens", self._tokens)
        return made

    def seal(self) -> Self:
        """Fix all values, and those of all tasks that it needs; see `Config.seal`."""
        if not self._sealed:
            super().seal()
            for needed in self._needed:  # after it, so that tasks that wait for each other come to an end
                needed.seal()
        return self

    def _carried(self) -> dict[str, Any]:
        """Tasks that were added go along, for their results; tokens and callbacks are the plan's business."""
        carried = super()._carried()
        return carried | {"_needed": tuple(one._apart() for one in self._needed)} if self._needed else carried

    def _apart(self) -> Task:
        """Make it the same without the tasks that were added to it: a long chain of them need not travel."""
        apart = type(self).__new__(type(self))
        for name, value in vars(self).items():
            if name not in ("_needed", "_tokens", "_callbacks"):
                _put(apart, name, value)
        return apart
