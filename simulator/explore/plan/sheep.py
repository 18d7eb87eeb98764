"""One cell as the hooks of an `Explorer` see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.explore.places import shown_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Sheep"]


@dataclass(frozen=True)
class Sheep:
    """One line of a grid's table, to be read only.

    Parameters
    ----------
    id
        Which cell, or which row of cells that differ in their seeds.
    name
        Short name, for people.
    state
        What has become of it: one of `simulator.explore.states.STATES`.
    config
        Its fields and their values, as plain data.
    tags
        What the plan marked for display.
    history
        What the cell returned, one dictionary a step; of one that returned numbers, that one.
    index
        Its place in the grid, from 0.
    sid
        Job or process that runs it; empty if none does.
    """

    id: str
    name: str
    state: str
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    index: int = 0
    sid: str = ""

    @property
    def sig(self) -> str:
        """The part of the id that people see."""
        return shown_id(self.id)

    @property
    def meta(self) -> dict[str, Any]:
        """What the first columns show: index, name, state, sig and sid."""
        return {"index": self.index, "name": self.name, "state": self.state, "sig": self.sig, "sid": self.sid}
