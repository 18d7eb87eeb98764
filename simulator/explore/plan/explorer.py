"""What makes a grid, and says how its table looks."""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from simulator.explore.plan.columns import Group, Leaf, leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.explore.plan.launcher import Launcher
    from simulator.explore.plan.sheep import Sheep

__all__ = ["Explorer"]


class Explorer:
    """Makes the cells of a grid, and says what its table shows.

    The methods are hooks: a subclass overrides what it wants different.

    Parameters
    ----------
    explore
        Called with a launcher. The class can be used as a decorator.

    Examples
    --------
    >>> class Watts(Explorer):
    ...     def get_grid_metrics(self):
    ...         return [leaf("epoch"), leaf("power_w", ".1f")]
    >>> @Watts
    ... def explorer(launcher):
    ...     launcher.bind(recurrences=40)(policy="pruning-gts")
    >>> explorer.process_history([{"power_w": 80.0, "loss": 2.0}, {"power_w": 90.0}])
    {'epoch': 2, 'power_w': 90.0, 'loss': 2.0}
    """

    def __init__(self, explore: Callable[[Launcher], Any]) -> None:
        self.explore = explore
        if hasattr(explore, "__name__"):
            update_wrapper(self, explore)

    def __call__(self, launcher: Launcher) -> Any:
        """Make the cells."""
        return self.explore(launcher)

    def get_grid_metrics(self) -> Sequence[Leaf | Group]:
        """Say which results the table shows, after `get_grid_meta`; none means all measures of the tasks."""
        return []

    def get_grid_meta(self) -> Sequence[Leaf | Group]:
        """Say which columns tell the lines apart: index, name, state, sig (part of the id) and sid (who runs it)."""
        return [leaf("index", align=">"), leaf("name"), leaf("state"), leaf("sig", align=">"), leaf("sid", align=">")]

    def get_colors(self) -> Sequence[str]:
        """Give the colors that columns take in turn, as parameters of the terminal's SGR sequence (ECMA-48)."""
        return ["0", "2"]

    def process_history(self, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Turn what a cell returned into a line of the table: the last value of each, and ``epoch``, their number.

        Parameters
        ----------
        history
            What it returned, one dictionary a step; nothing if it has no result yet.

        Returns
        -------
        dict
            Values by the names of columns, in a dictionary for each group.
        """
        line: dict[str, Any] = {"epoch": len(history)}
        for metrics in history:
            line.update(metrics)
        return line

    def process_sheep(self, sheep: Sheep, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Turn a cell into a line of the table; a subclass that has this is asked it in place of `process_history`.

        Parameters
        ----------
        sheep
            The cell.
        history
            What it returned; shorter than that of ``sheep`` if the table is trimmed.
        """
        raise NotImplementedError

    def line(self, sheep: Sheep, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Turn a cell into a line of the table, by `process_sheep` if it is there, or else by `process_history`."""
        try:
            return self.process_sheep(sheep, history)
        except NotImplementedError:
            return self.process_history(history)
