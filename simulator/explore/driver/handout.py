"""What is handed out next: chunks of cells that are ready, longest first, with the tokens that they need."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING, Any

from simulator.explore.chunk import Chunk
from simulator.explore.config import Task
from simulator.explore.config.words import identifier
from simulator.explore.driver.chunks import Group, Queue, Sizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from simulator.explore.driver.cells import Cells
    from simulator.explore.driver.forecasts import Outlook
    from simulator.explore.executors.base import Executor
    from simulator.explore.ledger import Ledger
    from simulator.explore.tokens import Lease, Leases

__all__ = ["Flight", "Handout", "kind_of", "lease_name"]

#: Names of classes, which are asked for once a cell.
_KINDS: dict[type, str] = {}
#: Jobs that a grid is spread over on a cluster if nobody says otherwise.
JOBS = 32
#: How often it is said that tokens are still wanted [s].
BEAT_S = 60.0


def kind_of(task: type[Task]) -> str:
    """Name the class of a task, as the ledger does."""
    kind = _KINDS.get(task)
    if kind is None:
        kind = _KINDS[task] = identifier(task)
    return kind


def lease_name(folder: Path, key: str) -> str:
    """Say what a chunk's lease is for."""
    return f"{folder}/{key}"


@dataclass
class Flight:
    """A chunk that is in the hands of an executor.

    Parameters
    ----------
    key
        Its name.
    group
        What its cells have in common.
    positions
        Its cells.
    lease
        The tokens that it holds; None if it needs none.
    left
        Cells that have not ended.
    work_s, ended
        What the others took, all together [s], and how many they are.
    cancelled
        Whether its end was asked for.
    """

    key: str
    group: Group
    positions: Sequence[int]
    lease: Lease | None = None
    left: set[int] = field(default_factory=set)
    work_s: float = 0.0
    ended: int = 0
    cancelled: bool = False

    def __post_init__(self) -> None:
        self.left = set(self.positions)


class Handout:
    """Turns cells that are ready into chunks.

    Parameters
    ----------
    cells
        All cells.
    ledger
        Knows where results lie that cells need.
    executor
        Who will run the chunks.
    outlook
        What is expected of cells.
    """

    def __init__(self, cells: Cells, ledger: Ledger, executor: Executor, outlook: Outlook) -> None:
        self._cells = cells
        self._ledger = ledger
        self._executor = executor
        self._outlook = outlook
        self._folder = ledger.folder
        self._run = secrets.token_hex(6)
        self._n = 0
        self._beaten_s = time.monotonic()
        self.queue = Queue()
        self.sizer = Sizer()
        self._most: dict[int, int] = {}
        self._per_job: dict[Group, int] = {}
        self._groups: dict[tuple[Any, ...], Group] = {}

    @cached_property
    def leases(self) -> Leases:
        """Where tokens are had; not looked for unless a cell needs one."""
        from simulator.explore.tokens import Leases

        return Leases()

    def what(self, key: str) -> str:
        """Say what a chunk's lease is for, so that a later driver finds it."""
        return lease_name(self._folder, key)

    def put(self, positions: Iterable[int]) -> None:
        """Take cells that are ready, in the order in which they are to run, as far as they take as long."""
        groups: dict[Group, list[int]] = {}
        for position in positions:
            groups.setdefault(self.group(position), []).append(position)
        for group, members in groups.items():
            self.queue.put(group, self._ordered(members))
            jobs = group.settings.array_parallelism or JOBS
            self._per_job[group] = group.settings.cells_per_job or ceil(self.queue.waiting(group) / jobs)

    def limit(self, position: int, most: int) -> None:
        """Let a cell share its next chunk with few others, or none."""
        self._most[position] = most

    def group(self, position: int) -> Group:
        """Say which cells a cell may share a chunk with."""
        task, settings, array = self._cells.entries[position]
        tokens = task.tokens
        key = (type(task), id(settings), array, tuple(tokens) if tokens else (), self._most.get(position))
        group = self._groups.get(key)
        if group is None:
            limits = [most for most in (self._most.get(position), settings.cells_per_job) if most]
            group = Group(kind_of(type(task)), settings, array, tuple(tokens), min(limits, default=None))
            self._groups[key] = group
        return group

    def _ordered(self, positions: list[int]) -> list[int]:
        """Put cells that take long before others, and those together that one call can do."""
        batched = type(self._cells.task(positions[0])).batch_key is not Task.batch_key
        if not batched and not self._outlook.knows_rows:
            return positions
        batches: dict[Any, list[int]] = {}
        longest: dict[Any, float] = {}
        for position in positions:
            task = self._cells.task(position)
            key = task.batch_key() if batched else None
            key = (position,) if key is None else (None, key)
            batches.setdefault(key, []).append(position)
            time_s = self._outlook.row_s(task.row_id) if self._outlook.knows_rows else None
            longest[key] = max(longest.get(key, 0.0), time_s or 0.0)
        return [position for key in sorted(batches, key=lambda key: -longest[key]) for position in batches[key]]

    def next(self, room: int) -> list[tuple[Chunk, Flight]]:
        """Make chunks, as far as there is room for them, and tokens.

        Parameters
        ----------
        room
            How many chunks at most.

        Returns
        -------
        list of (Chunk, Flight)
            To be submitted; they hold their tokens.
        """
        made: list[tuple[Chunk, Flight]] = []
        short: set[Group] = set()
        while len(made) < room:
            group = next((group for group in self.queue.groups() if group not in short), None)
            if group is None:
                break
            key = f"{self._run}-{self._n + 1:06d}"
            lease = self._lease(group, key)
            if group.tokens and lease is None:
                short.add(group)
                continue
            self._n += 1
            flight = Flight(key, group, self.queue.take(group, self._size(group)), lease)
            made.append((self._chunk(flight), flight))
        return made

    def _lease(self, group: Group, key: str) -> Lease | None:
        """Take the tokens that a chunk needs; None if it needs none, or they are not to be had now."""
        if not group.tokens:
            return None
        from simulator.explore.tokens import Holder

        holders = [Holder.process()]
        if self._executor.name == "slurm":  # its job may outlive this process, before anybody could say so
            holders.append(Holder.remote(self.what(key)))
        return self.leases.acquire(group.tokens, holders, what=self.what(key))

    def beat(self, flights: Iterable[Flight]) -> None:
        """Say now and then that tokens of workers elsewhere are still wanted."""
        now_s = time.monotonic()
        if now_s - self._beaten_s >= BEAT_S:
            self._beaten_s = now_s
            if leases := [flight.lease for flight in flights if flight.lease is not None]:
                self.leases.beat(leases)

    def _size(self, group: Group) -> int:
        waiting = self.queue.waiting(group)
        if self._executor.name == "slurm":  # a job costs seconds, whatever it does
            size = self._per_job[group]
        else:
            ready = len(self.queue) if not group.tokens else waiting
            size = self.sizer.size(group.kind, ready=ready, slots=max(1, self._executor.capacity))
        return min(size, group.most or size)

    def _chunk(self, flight: Flight) -> Chunk:
        tasks = [self._cells.task(position) for position in flight.positions]
        needed = {task.id for cell in tasks for task in cell.dependencies()}
        return Chunk(
            key=flight.key,
            cells=tasks,
            needed=self._ledger.located(sorted(needed)) if needed else {},
            settings=flight.group.settings.plain(),
        )
