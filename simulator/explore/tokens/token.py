"""Something of which there is only so much: GPUs, licences, a share of the cores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.errors import GridError

if TYPE_CHECKING:
    from simulator.explore.config.task import Task

__all__ = ["Token", "TokenUse"]


@dataclass(frozen=True)
class Token:
    """A thing of which there is only so much, for all sweeps of this user on this machine together.

    Parameters
    ----------
    name
        What it is called. Sweeps that give the same name mean the same thing.
    capacity
        How much of it there is.

    Raises
    ------
    GridError
        If there is no name, or the capacity is no whole number above 0.

    Examples
    --------
    >>> cores = Token("cores", 3)
    >>> cores.dependency(2)
    TokenUse(token=Token(name='cores', capacity=3), count=2)
    """

    name: str
    capacity: int

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise GridError(f"a token is called {self.name!r}; it needs a text for a name")
        if type(self.capacity) is not int or self.capacity < 1:
            raise GridError(
                f"token {self.name!r} has the capacity {self.capacity!r}; it has to be a whole number above 0"
            )

    def dependency(self, n: int = 1) -> TokenUse:
        """Say that a task needs ``n`` of it while it runs, for ``task.add_dependencies``.

        Raises
        ------
        GridError
            If ``n`` is no whole number above 0, or more than there is: such a task could never run.
        """
        return TokenUse(self, n)

    def __call__(self, n: int, task: Task) -> Task:
        """Let a task run only while it has ``n`` of it, and return the task; see `dependency`."""
        return task.add_dependencies(self.dependency(n))


@dataclass(frozen=True)
class TokenUse:
    """How much of a token a task needs while it runs.

    Parameters
    ----------
    token
        Of what.
    count
        How much.
    """

    token: Token
    count: int

    def __post_init__(self) -> None:
        if type(self.count) is not int or not 1 <= self.count <= self.token.capacity:
            raise GridError(
                f"a task needs {self.count!r} of token {self.token.name!r}, of which there are {self.token.capacity}: "
                "give a whole number from 1 to that"
            )
