"""Turns until nothing is left to run: hands chunks out, records what comes back, heeds what others ask."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from simulator.errors import ExploreError
from simulator.explore.driver.handout import Handout
from simulator.explore.driver.record import Recorder
from simulator.explore.driver.requests import Request, apply, pending_requests
from simulator.explore.driver.schedule import Schedule
from simulator.explore.states import BLOCKED, CANCELLED, DONE, PENDING, RUNNING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from simulator.explore.driver.callbacks import Callbacks
    from simulator.explore.driver.cells import Cells
    from simulator.explore.driver.forecasts import Outlook
    from simulator.explore.driver.progress import Progress
    from simulator.explore.driver.races import Races
    from simulator.explore.executors.base import Executor
    from simulator.explore.ledger import Ledger

__all__ = ["Loop"]

_logger = logging.getLogger("simulator.explore")

#: How long to wait for news before looking at requests and the clock [s].
POLL_S = 0.1


class Loop:
    """One run of one grid.

    Parameters
    ----------
    cells
        The cells and their states.
    ledger
        Open for writing.
    executor
        Runs the cells.
    outlook
        What is expected of the cells.
    progress
        Told of what happens.
    callbacks
        Called for cells that have a result.
    races
        Holds cells back, and stops rows; None if there is no race.
    start
        Called before the executor is given anything: starts it, unless that has been done.
    """

    def __init__(
        self,
        cells: Cells,
        ledger: Ledger,
        executor: Executor,
        outlook: Outlook,
        progress: Progress,
        callbacks: Callbacks,
        races: Races | None = None,
        start: Callable[[], None] = lambda: None,
    ) -> None:
        self._cells = cells
        self._ledger = ledger
        self._executor = executor
        self._progress = progress
        self._callbacks = callbacks
        self._races = races
        self._start = start
        self._schedule = Schedule()
        self.handout = Handout(cells, ledger, executor, outlook)
        self.recorder = Recorder(cells, ledger, self._schedule, self.handout, outlook, progress)
        self._wanted: set[int] | None = None

    def add(
        self,
        positions: Sequence[int],
        needs: Mapping[str, Sequence[str]],
        wanted: set[int] | None = None,
        grown: Sequence[int] = (),
    ) -> None:
        """Take cells in.

        Parameters
        ----------
        positions
            New ones; those on which they depend are among the cells.
        needs
            Ids that they depend on, by id; no circles.
        wanted
            Those that are to run now; None for all.
        grown
            Cells that are here already, and need more than before; those that have begun go on.
        """
        self._wanted = wanted
        states, at, ready = self._cells.states, self._cells.position, self._schedule.ready
        for id_, needed in needs.items():
            if states[at[id_]] != DONE:
                self._schedule.add(at[id_], [at[other] for other in needed if states[at[other]] != DONE])
        blocked = self.recorder.blocked
        blocked.freed([position for position in positions if states[position] == BLOCKED and ready(position)])
        blocked.review()
        for position in positions:
            if states[position] == DONE:
                self._callbacks.completed(self._cells.task(position))
        self.handout.queue.drop(set(grown))
        if self._races is None:
            self._put([*grown, *positions])
        else:
            self._races.enter(positions)
            self._put(position for position in (*grown, *positions) if not self._races.holds(position))
            self._race(None)

    def _put(self, positions: Iterable[int]) -> None:
        states, ready, wanted = self._cells.states, self._schedule.ready, self._wanted
        self.handout.put(
            position
            for position in positions
            if states[position] == PENDING and ready(position) and (wanted is None or position in wanted)
        )

    def run(self, timeout_s: float | None = None) -> bool:
        """Turn until nothing is left, or the time is over.

        Parameters
        ----------
        timeout_s
            How long at most [s]; None for as long as it takes.

        Returns
        -------
        bool
            Whether nothing is left to run.

        Raises
        ------
        ExploreError
            If the ledger or the executor fails. Whatever is raised, workers are stopped and the ledger is whole.
        """
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while True:
                self._heed()
                self._hand_out()
                flights = self.recorder.flights
                if not flights and not self.handout.queue:
                    return True
                self._progress.tell()
                if end_s is not None and time.monotonic() >= end_s:
                    return False
                if not flights:  # others hold the tokens
                    time.sleep(POLL_S)
                elif reports := self._executor.poll(POLL_S):
                    self._after(self.recorder.settle(reports))
                self.handout.beat(flights.values())
        except BaseException:
            self.abandon()
            raise

    def _after(self, ended: list[int]) -> None:
        for position in ended:
            if self._cells.states[position] == DONE:
                self._callbacks.completed(self._cells.task(position))
        self._race(ended)

    def _race(self, ended: Iterable[int] | None) -> None:
        if self._races is None:
            return
        freed, stopped = self._races.go_on(ended)
        for positions, reason in stopped:
            gone = [position for position in positions if self._cells.states[position] == PENDING]
            self._ledger.set_state([self._cells.ids[position] for position in gone], STOPPED, reason)
            self._leave(gone, STOPPED)
        self._put(freed)

    def _leave(self, positions: list[int], state: str) -> None:
        """Let cells not run, nor those that need them."""
        self.handout.queue.drop(set(positions))
        for position in positions:
            self.recorder.change(position, state)
            self.recorder.blocked.behind(position)

    def _hand_out(self) -> None:
        if not self.handout.queue:
            return
        self._start()
        flights = self.recorder.flights
        made = self.handout.next(self._executor.capacity - len(flights))
        if not made:
            return
        with self._ledger.transaction():
            for chunk, flight in made:
                ids = [self._cells.ids[position] for position in flight.positions]
                self._ledger.begin(chunk.key, ids, self._executor.name)
        for _, flight in made:
            flights[flight.key] = flight
            for position in flight.positions:
                self._cells.set(position, RUNNING)
        self._executor.submit([chunk for chunk, _ in made])

    def _heed(self) -> None:
        for request in pending_requests(self._ledger.folder):
            self._obey(request)

    def _obey(self, request: Request) -> None:
        at = self._cells.position
        changed = [at[id_] for id_ in apply(self._ledger, request) if id_ in at]
        _logger.info("%s: %d cells", request.kind, len(changed))
        if request.kind == "cancel":
            self._leave(changed, CANCELLED)
            hit = [flight for flight in self.recorder.flights.values() if not flight.left.isdisjoint(changed)]
            for flight in hit:
                flight.cancelled = True
            self._executor.cancel([flight.key for flight in hit])
        else:
            for position in changed:
                self.recorder.forgive(position)
                self.recorder.change(position, PENDING)
            self.recorder.blocked.review()
            self._put(changed)

    def abandon(self) -> None:
        """Stop the workers, keep what they finished, and leave the rest to the next run."""
        recorder = self.recorder
        with suppress(Exception):  # whatever is in the way, the workers are ended first
            self._executor.stop()
        try:
            recorder.settle_written()
            for flight in recorder.flights.values():
                self._ledger.lost(flight.key, "the driver was stopped")
                for position in flight.left:
                    if self._cells.states[position] == RUNNING:
                        recorder.change(position, PENDING)
            leases = [flight.lease for flight in recorder.flights.values() if flight.lease is not None]
            recorder.flights.clear()
            if leases:
                self.handout.leases.release(*leases)
        except ExploreError as error:  # what led here is already on its way up; the next run repairs the rest
            _logger.warning("the run ends before all could be written: %s", error)
        counts = self._cells.counts()
        _logger.warning("stopped: %s; run the same again to go on", counts)
