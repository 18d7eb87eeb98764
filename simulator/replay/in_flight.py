"""Submissions that have not ended, the one that ends first at hand: a binary heap of plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["InFlight", "pop", "push"]


@dataclass
class InFlight:
    """Runs in flight, at most one a submission; everything but the heap is indexed by submission.

    Parameters
    ----------
    n
        How many there are.
    heap
        Their submissions; that of entry i ends no later than those of entries 2i + 1 and 2i + 2.
    started
        How many were ever started.
    order
        As the how-manieth each was started: of runs that end together, the first started ends first.
    attempt
        Which try of its submission it is, from 1.
    start_s, end_s
        When it runs [s].
    size, limit, energy_j, time_s, cost, reached, profiled
        What it will come to; see `simulator.replay.totals.Run`.
    """

    n: int
    heap: list[int]
    started: int
    order: list[int]
    attempt: list[int]
    start_s: list[float]
    end_s: list[float]
    size: list[int]
    limit: list[int]
    energy_j: list[float]
    time_s: list[float]
    cost: list[float]
    reached: list[bool]
    profiled: list[bool]

    @classmethod
    def room_for(cls, n: int) -> InFlight:
        """Make room for n submissions, of which none is in flight."""
        whole, real, flag = [0] * n, [0.0] * n, [False] * n
        return cls(
            n=0,
            heap=whole[:],
            started=0,
            order=whole[:],
            attempt=whole[:],
            start_s=real[:],
            end_s=real[:],
            size=whole[:],
            limit=whole[:],
            energy_j=real[:],
            time_s=real[:],
            cost=real[:],
            reached=flag[:],
            profiled=flag[:],
        )


def push(flight: InFlight, submission: int) -> None:
    """Add a submission, whose entries are filled in already."""
    flight.order[submission] = flight.started
    flight.started += 1
    at = flight.n
    flight.n += 1
    while at > 0 and _before(flight, submission, flight.heap[(at - 1) // 2]):
        flight.heap[at] = flight.heap[(at - 1) // 2]
        at = (at - 1) // 2
    flight.heap[at] = submission


def pop(flight: InFlight) -> int:
    """Remove and return the submission that ends first; there must be one."""
    first = flight.heap[0]
    flight.n -= 1
    moved = flight.heap[flight.n]
    at, child = 0, 1
    while child < flight.n:
        if child + 1 < flight.n and _before(flight, flight.heap[child + 1], flight.heap[child]):
            child += 1
        if not _before(flight, flight.heap[child], moved):
            break
        flight.heap[at] = flight.heap[child]
        at, child = child, 2 * child + 1
    flight.heap[at] = moved
    return first


def _before(flight: InFlight, one: int, other: int) -> bool:
    if flight.end_s[one] == flight.end_s[other]:
        return flight.order[one] < flight.order[other]
    return flight.end_s[one] < flight.end_s[other]
