"""What an earlier driver left: its results are taken over, what it had running goes on or runs again, at once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from simulator.errors import ExploreError
from simulator.explore.driver.handout import Flight, lease_name
from simulator.explore.driver.requests import apply, pending_requests
from simulator.explore.executors import executor as make_executor
from simulator.explore.states import PENDING, RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from simulator.explore.driver.cells import Cells
    from simulator.explore.driver.loop import Loop
    from simulator.explore.executors.base import Executor
    from simulator.explore.ledger import Ledger, Running

__all__ = ["recover", "take_over"]

_logger = logging.getLogger("simulator.explore")

#: Executors whose workers go on when the driver is killed.
OUTLIVING = ("slurm",)


def recover(ledger: Ledger, executor: str) -> list[Running]:
    """Take over results that nobody recorded, and let cells of a dead driver run again.

    Nothing here waits: the lock says that no other driver lives, and with it died all workers that were its children.

    Parameters
    ----------
    ledger
        Open for writing.
    executor
        Word of the executor of the run that begins; chunks of another one are not waited for, and jobs of theirs that
        may still run are cancelled.

    Returns
    -------
    list of Running
        Chunks of this executor that may still run somewhere.
    """
    for request in pending_requests(ledger.folder):
        apply(ledger, request)  # it came when the earlier driver did not look any more
    adopted = ledger.adopt()
    if adopted.cells:
        _logger.info("%d results of a driver that was killed are taken over", adopted.cells)
    for shard, why in adopted.torn:
        _logger.warning("the shard %s is damaged (%s) and was set aside; its cells run again", shard, why)
    verified = ledger.verify()
    for shard, why in verified.bad:
        _logger.warning("the shard %s %s; its cells run again", shard, why)
    running = ledger.running()
    others = [chunk for chunk in running if chunk.executor != executor]
    if jobs := [chunk for chunk in others if chunk.executor in OUTLIVING]:
        _end(jobs, ledger.folder)
    with ledger.transaction():
        for chunk in others:
            ledger.lost(chunk.key, "its driver was killed")
    return [chunk for chunk in running if chunk.executor == executor]


def _end(chunks: list[Running], folder: Path) -> None:
    """Cancel jobs that a dead driver left with another executor: what they would do is done here now."""
    by_executor = {chunk.executor: [other for other in chunks if other.executor == chunk.executor] for chunk in chunks}
    for word, left in by_executor.items():
        try:
            with make_executor(word) as other:  # which ends what it was given, or attached to, when it is left
                other.start(folder)
                n = sum(other.attach(chunk.key, chunk.job or "") for chunk in left)
        except ExploreError as error:
            _logger.warning("%d jobs of %s that an earlier run began may go on in vain: %s", len(left), word, error)
        else:
            _logger.info("%d jobs of %s are cancelled: their cells run here now", n, word)
            _release(folder, left)


def _release(folder: Path, chunks: Iterable[Running]) -> None:
    """Give back the tokens of jobs that were cancelled: nobody sees from here that they have ended."""
    from simulator.explore.tokens import Leases

    leases = Leases()
    whats = {lease_name(folder, chunk.key) for chunk in chunks}
    if leases.path.exists() and (held := [lease for lease in leases.find() if lease.what in whats]):
        leases.release(*held)


def take_over(running: Iterable[Running], ledger: Ledger, executor: Executor, cells: Cells, loop: Loop) -> None:
    """Go on with chunks of a dead driver that still run somewhere, and let the others run again.

    Parameters
    ----------
    running
        What `recover` found, before the plan was entered.
    ledger
        Open for writing.
    executor
        Started.
    cells
        The grid's cells.
    loop
        Gets the chunks that go on.
    """
    for chunk in running:
        here = [cells.position[id_] for id_ in chunk.ids if id_ in cells.position]
        positions = [position for position in here if cells.states[position] == RUNNING]
        needs = bool(positions and loop.handout.group(positions[0]).tokens)
        held = loop.handout.leases.find(loop.handout.what(chunk.key)) if needs else []
        if executor.attach(chunk.key, chunk.job or ""):
            if not positions:  # of another grid, or not planned any more
                executor.cancel([chunk.key])
                ledger.lost(chunk.key, "no grid that runs needs it")
                continue
            flight = Flight(chunk.key, loop.handout.group(positions[0]), positions)
            flight.lease = next(iter(held), None)
            loop.recorder.flights[chunk.key] = flight
            _logger.info("%s goes on with %d cells", chunk.job or "a job that had not begun", len(positions))
        else:
            if held:
                loop.handout.leases.release(*held)
            ledger.lost(chunk.key, "its driver was killed")
            for position in positions:
                cells.set(position, PENDING)
