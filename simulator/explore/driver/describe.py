"""What the ledger keeps of a cell, and the digest by which it knows a plan again."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from simulator.explore.config.tags import tags
from simulator.explore.config.words import identifier
from simulator.explore.ledger import Described

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.explore.config import Config, Task

__all__ = ["describe", "label", "plan_digest"]

_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


def plan_digest(tasks: Sequence[Task], ids: Sequence[str]) -> str:
    """Name a plan by its cells, their order and their tags.

    Parameters
    ----------
    tasks, ids
        The cells, in order.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = sha256("\n".join(ids).encode())
    for position, task in enumerate(tasks):
        if task.tagged or next(task.nested(), None) is not None:
            digest.update(f"\n{position} {_tags(task)}".encode())
    return digest.hexdigest()


def label(task: Task) -> tuple[str, str]:
    """Return a cell's name and the JSON text of its tags, which may change without its id."""
    return task.name, _tags(task)


def describe(task: Task) -> Described:
    """Say what the ledger keeps of a cell that is new to it."""
    name, tagged = label(task)
    return Described(
        id=task.id,
        row_id=task.row_id,
        slot_id=task.slot_id,
        name=name,
        task=identifier(type(task)),
        version=type(task).VERSION,
        content=_json(task.plain()),
        nested=list(_nested(task)),
        tags=tagged,
    )


def _nested(config: Config) -> Iterator[tuple[str, str]]:
    for inner in config.nested():
        yield inner.id, _json(inner.plain())
        yield from _nested(inner)


def _tags(task: Task) -> str:
    found = tags(task)
    return json.dumps(found, default=str) if found else "{}"


def _json(plain: dict[str, Any]) -> str:
    return _ENCODE(plain)
