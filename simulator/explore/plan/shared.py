"""Files and traces that many cells of a plan name, looked at once."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from simulator.explore.config.content import Content
from simulator.explore.config.kinds.objects import ContentKind
from simulator.explore.config.learn import spec_of
from simulator.explore.config.tags import Tagged, tag, untagged
from simulator.explore.config.words import Unfit

if TYPE_CHECKING:
    from simulator.explore.config.kinds import Kind
    from simulator.explore.config.task import Task

__all__ = ["Shared"]


class Shared:
    """Turns names of files and traces into one object for each, so that all cells of a plan that name it share it.

    Its digest is then taken once, and all these cells mean the same content, also if somebody edits the file meanwhile.
    """

    def __init__(self) -> None:
        self._fields: dict[type[Task], tuple[str, ...]] = {}
        self._known: dict[tuple[object, ...], Any] = {}

    def resolve(self, task: type[Task], values: dict[str, Any]) -> dict[str, Any]:
        """Put shared objects in place of names, in ``values`` itself.

        Parameters
        ----------
        task
            What the values are for.
        values
            By field. What is none, or nobody understands, stays as it is: the task says what is wrong.

        Returns
        -------
        dict
            The same dictionary.
        """
        fields = self._fields.get(task)
        if fields is None:
            fields = self._fields[task] = _content_fields(task)
        for field in fields:
            value = values.get(field)
            name = untagged(value)
            if isinstance(name, str | os.PathLike) and not isinstance(name, Content):
                found = self._find(task, field, name)
                values[field] = tag(found) if isinstance(value, Tagged) else found
        return values

    def _find(self, task: type[Task], field: str, name: str | os.PathLike[str]) -> Any:
        key = (task, field, type(name), os.fspath(name), os.getcwd())  # noqa: PTH109  # a text, and quicker
        if key not in self._known:
            with suppress(Unfit):
                self._known[key] = spec_of(task).fields[field].kind.take(name)
        return self._known.get(key, name)


def _content_fields(task: type[Task]) -> tuple[str, ...]:
    """Names of the fields that may be the content of files."""
    return tuple(name for name, field in spec_of(task).fields.items() if _may_be_content(field.kind))


def _may_be_content(kind: Kind) -> bool:
    return isinstance(kind, ContentKind) or any(map(_may_be_content, getattr(kind, "members", ())))
