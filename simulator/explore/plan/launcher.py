"""What a plan is called with: it makes cells, with the defaults bound to it so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.errors import GridError
from simulator.explore.axes import Axes
from simulator.explore.config.task import Task
from simulator.explore.plan.herd import Herd
from simulator.explore.plan.maker import Maker
from simulator.explore.plan.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

__all__ = ["Launcher"]


class Launcher:
    """Makes the cells of a grid: called with values of fields, it schedules a cell.

    Positional arguments of `bind`, `bind_` and a call may be

    * a text ``"field=value"``, read by the field's type;
    * a dictionary of values;
    * a list of these, one after the other;
    * `Axes`: one cell for each combination; several of them are combined each with each;
    * a subclass of `Task`: what is made from here on, in place of `Replay`.

    What is said later wins. A call also takes a task that was made already, and schedules it as it is.

    Parameters
    ----------
    herd
        Where cells go; a new one by default.
    settings
        What a scheduler is told about them.
    task
        What is made; `simulator.explore.Replay` by default.
    """

    def __init__(
        self, herd: Herd | None = None, settings: Settings | None = None, task: type[Task] | None = None
    ) -> None:
        #: The cells so far; shared with all launchers made from this one.
        self.herd = Herd() if herd is None else herd
        self._settings = Settings() if settings is None else settings
        self._task = task
        self._values: dict[str, Any] = {}
        self._axes: Axes | None = None
        self._maker: Maker | None = None

    def bind(self, *args: Any, **values: Any) -> Launcher:
        """Make a launcher with more, or other, defaults; this one stays as it is.

        Raises
        ------
        GridError
            If an argument is none of those above.
        ConfigError
            If a text names no field, or holds no value of it.
        """
        return self._copy().bind_(*args, **values)

    def bind_(self, *args: Any, **values: Any) -> Launcher:
        """Give this launcher more, or other, defaults, and return it; see `bind`."""
        texts_and_values: list[str | Mapping[str, Any]] = []
        for each in _flat(args):
            if isinstance(each, Axes):
                self._axes = each if self._axes is None else self._axes * each
            elif isinstance(each, type):
                self._task = _launched(each)
            else:
                texts_and_values.append(each)
        for each in texts_and_values:  # read only now: a task class may stand anywhere among them
            self._values.update(_read(self._class(), each) if isinstance(each, str) else each)
        self._values.update(values)
        self._maker = None
        return self

    def slurm(self, **settings: Any) -> Launcher:
        """Make a launcher with other settings of Slurm; this one stays as it is.

        Raises
        ------
        GridError
            If there is no such setting.
        """
        return self._copy().slurm_(**settings)

    def slurm_(self, **settings: Any) -> Launcher:
        """Give this launcher other settings of Slurm, and return it; see `slurm`."""
        self._settings = self._settings.changed(**settings)
        return self

    def job_array(self) -> AbstractContextManager[None]:
        """Schedule all that is made inside the ``with`` block as one job array.

        Raises
        ------
        GridError
            If one is open already, or a cell inside has other settings than this launcher has now.
        """
        return self.herd.array(self._settings)

    def __call__(self, *args: Any, **values: Any) -> Any:
        """Schedule a cell, or one for each combination of axes.

        Parameters
        ----------
        *args, **values
            As in `bind`, for what is made now; or one task or more, made already, which are scheduled as they are.

        Returns
        -------
        Task, or list of Task
            What is scheduled, sealed; where a cell was there already, the task that came first. A list if there are
            axes, or if more than one task was given.

        Raises
        ------
        GridError
            If an argument is none of those, a field is given by axes and by a value, or a cell has no id.
        ConfigError
            If a value is none that its field can have, or there is no such field.
        """
        if args:
            tasks = [each for each in _flat(args) if isinstance(each, Task)]
            return self._as_they_are(tasks, args, values) if tasks else self.bind(*args)(**values)
        if self._axes is None:
            if self._maker is None:
                self._maker = Maker(self._class(), self._values, self.herd.shared)
            return self.herd.add(self._maker.make(values), self._settings)
        if twice := [name for name in self._axes.names if name in values]:
            raise GridError(f"{', '.join(twice)}: given by axes and by a value; give it once")
        maker = Maker(self._class(), {**self._values, **values}, self.herd.shared)
        return [self.herd.add(maker.make(each), self._settings) for each in self._axes]

    def _as_they_are(self, tasks: Sequence[Task], args: Sequence[Any], values: Mapping[str, Any]) -> Any:
        if len(tasks) < sum(1 for _ in _flat(args)) or values:
            raise GridError("a task that was made already is scheduled as it is: change a copy, task.copy(field=value)")
        added = [self.herd.add(task, self._settings) for task in tasks]
        return added[0] if len(args) == 1 and args[0] is tasks[0] else added

    def _class(self) -> type[Task]:
        if self._task is None:
            from simulator.explore import Replay

            self._task = Replay
        return self._task

    def _copy(self) -> Launcher:
        new = Launcher(self.herd, self._settings, self._task)
        new._values, new._axes = dict(self._values), self._axes
        return new


def _flat(args: Sequence[Any]) -> Iterator[Any]:
    """Go through arguments and what lists among them hold."""
    for each in args:
        if isinstance(each, list | tuple):
            yield from _flat(each)
        elif isinstance(each, str | Mapping | Axes | type | Task):
            yield each
        else:
            raise GridError(
                f"a launcher does not understand {each!r}: give fields by name, texts such as 'eta=0.5', dictionaries, "
                "lists of these, axes such as product(seed=range(10)), a class of tasks, or a task"
            )


def _read(kind: type[Task], text: str) -> dict[str, Any]:
    """Read a text by the types of the fields."""
    from simulator.explore.config import parse

    return parse(kind, text)


def _launched(kind: type) -> type[Task]:
    if not issubclass(kind, Task):
        raise GridError(f"a launcher cannot make a {kind.__name__}: only subclasses of simulator.explore.Task")
    return kind
