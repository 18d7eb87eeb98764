"""How a grid is run, as callers say it: who runs the cells, which of them, and what is told meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.errors import ConfigError
from simulator.explore.executors import executor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.explore.driver.race import Race
    from simulator.explore.driver.snapshot import Snapshot
    from simulator.explore.executors.base import Executor

__all__ = ["Options"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `run_grid` and `experiment` take beside the cells; see `run_grid` for each.

    Raises
    ------
    ConfigError
        If ``on_failure`` is no word that it knows.
    """

    executor: str | Executor = "pool"
    workers: int | None = None
    settings: Mapping[str, Any] | None = None
    retry: str | Sequence[str] | None = None
    only: Sequence[str] = ()
    race: Race | None = None
    on_failure: str = "raise"
    progress: Callable[[Snapshot], None] | None = None

    def __post_init__(self) -> None:
        if self.on_failure not in ("raise", "keep"):
            raise ConfigError(f"on_failure is {self.on_failure!r}; it is 'raise' or 'keep'")

    def made(self) -> Executor:
        """Return the executor, made if it is given by a word.

        Raises
        ------
        ConfigError
            There is no such executor, or it has no such setting.
        ExtraMissingError
            What it needs is not installed.
        """
        if not isinstance(self.executor, str):
            return self.executor
        more = {} if self.workers is None else {"workers": self.workers}
        return executor(self.executor, **{**(self.settings or {}), **more})
