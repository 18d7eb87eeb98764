"""What comes back: results recorded in one transaction, what failed told, what was lost put into smaller chunks."""

from __future__ import annotations

import errno
import logging
import os
from math import ceil
from typing import TYPE_CHECKING

from simulator.errors import LedgerError
from simulator.explore.chunk import Report
from simulator.explore.driver.blocked import Blocked
from simulator.explore.driver.handout import kind_of
from simulator.explore.states import DONE, FAILED, PENDING, RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.explore.chunk import Outcome
    from simulator.explore.driver.cells import Cells
    from simulator.explore.driver.forecasts import Outlook
    from simulator.explore.driver.handout import Flight, Handout
    from simulator.explore.driver.progress import Progress
    from simulator.explore.driver.schedule import Schedule
    from simulator.explore.ledger import Ledger

__all__ = ["LOSSES", "Recorder"]

_logger = logging.getLogger("simulator.explore")

#: How often a cell may end without a result when it is alone in its chunk.
LOSSES = 3
#: What remains of a lost chunk is parted into about so many.
PARTS = 8
#: What the operating system says when nothing can be written; no other worker would fare better.
_UNWRITABLE = [os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)]


class Recorder:
    """Records what an executor reports.

    Parameters
    ----------
    cells, ledger, schedule, handout, outlook, progress
        What is kept up to date.
    """

    def __init__(
        self,
        cells: Cells,
        ledger: Ledger,
        schedule: Schedule,
        handout: Handout,
        outlook: Outlook,
        progress: Progress,
    ) -> None:
        self._cells = cells
        self._ledger = ledger
        self._schedule = schedule
        self._handout = handout
        self._outlook = outlook
        self._progress = progress
        self._alone: dict[int, int] = {}
        #: Cells that cannot run because of others.
        self.blocked = Blocked(cells, ledger, schedule, self.change)
        #: Chunks that are in the hands of the executor.
        self.flights: dict[str, Flight] = {}

    def settle(self, reports: Sequence[Report]) -> list[int]:
        """Record reports.

        Parameters
        ----------
        reports
            In the order in which they came.

        Returns
        -------
        list of int
            Positions of the cells that ended, with or without a result.

        Raises
        ------
        LedgerError
            If something cannot be written. Shards that were not recorded are adopted by the next run.
        """
        if not reports:
            return []
        from simulator.explore.shards import read_shard

        shards = [
            (report.key, *read_shard(self._ledger.folder, report.shard))
            for report in reports
            if report.shard is not None
        ]
        changed: set[str] = set()
        with self._ledger.transaction():
            for _, shard, outcomes in shards:
                changed.update(self._ledger.record(shard, outcomes))
            for report in reports:
                if report.kind == "started" and report.who and report.key in self.flights:
                    self._started(self.flights[report.key], report)
        ended: list[int] = []
        for key, _, outcomes in shards:
            ended += self._ended(self.flights.get(key), outcomes, changed)
        for report in reports:
            if report.kind in ("ended", "lost") and report.key in self.flights:
                ended += self._over(self.flights.pop(report.key), report.why or "it ended")
        return ended

    def settle_written(self) -> None:
        """Record what chunks that are stopped have written, whether or not anybody could still report it."""
        from simulator.explore.shards import chunk_shards

        folder = self._ledger.folder
        self.settle([Report(key, "shard", shard=shard) for key in self.flights for shard in chunk_shards(folder, key)])

    def _started(self, flight: Flight, report: Report) -> None:
        self._ledger.set_job(flight.key, report.who or "")
        if flight.lease is not None:
            from simulator.explore.tokens import Holder

            try:
                holder = Holder.remote(report.who or "") if report.pid is None else Holder.process(report.pid)
            except ProcessLookupError:
                return  # it has ended already; its report is on the way
            self._handout.leases.join(flight.lease, holder)

    def _ended(self, flight: Flight | None, outcomes: Iterable[Outcome], changed: set[str]) -> list[int]:
        """Take outcomes over into memory, and return the positions of cells whose state changed."""
        ended = []
        for outcome in outcomes:
            position = self._cells.position.get(outcome.id)
            if position is None:
                continue
            if flight is not None and position in flight.left:
                flight.left.discard(position)
                flight.work_s += outcome.time_s
                flight.ended += 1
            if outcome.id not in changed or self._cells.states[position] == DONE:
                continue  # the first result counts
            ended.append(position)
            self._outlook.learn(kind_of(type(self._cells.task(position))), outcome.time_s)
            self.change(position, DONE if outcome.done else FAILED)
            self._progress.ended(position, outcome)
            if outcome.done:
                self._handout.put(self.blocked.freed(self._schedule.done(position)))
            else:
                self.blocked.behind(position)
        return ended

    def _over(self, flight: Flight, why: str) -> list[int]:
        """Take note of a chunk's end, and return the positions of cells that failed by it."""
        if flight.lease is not None:
            self._handout.leases.release(flight.lease)
        if flight.ended:
            self._handout.sizer.learn(flight.group.kind, flight.ended, flight.work_s)
        left = [position for position in flight.positions if position in flight.left]
        if not left:
            return []
        # Those that were cancelled and asked for again may run in another chunk already.
        lost = set(self._ledger.lost(flight.key, why))
        again = [position for position in left if self._cells.ids[position] in lost]
        for position in again:
            self.change(position, PENDING)
        if any(word in why for word in _UNWRITABLE):
            raise LedgerError(
                f"results cannot be written to {self._ledger.folder}: {why}; what was recorded is whole: make room, "
                "and run the same command again to go on"
            )
        failed = [] if flight.cancelled else self._given_up(flight, again, why)
        self._handout.put(position for position in again if position not in failed)
        return failed

    def _given_up(self, flight: Flight, again: Sequence[int], why: str) -> list[int]:
        """Let what was lost run in smaller chunks; what was lost alone too often has failed."""
        if len(flight.positions) > 1:
            _logger.warning("%d cells ended without a result (%s) and run again in smaller chunks", len(again), why)
            for position in again:
                self._handout.limit(position, ceil(len(again) / PARTS))
            return []
        failed = []
        for position in again:
            self._alone[position] = self._alone.get(position, 0) + 1
            if self._alone[position] >= LOSSES:
                error = f"ended without a result {LOSSES} times ({why})"
                self._ledger.fail(self._cells.ids[position], error)
                self.change(position, FAILED)
                self._progress.failed(position, error)
                self.blocked.behind(position)
                failed.append(position)
        return failed

    def change(self, position: int, state: str) -> None:
        """Change the state of a cell in memory, and what is expected with it."""
        before = self._cells.states[position]
        was, is_ = before in (PENDING, RUNNING), state in (PENDING, RUNNING)
        if was != is_:
            task = self._cells.task(position)
            row_s = self._outlook.row_s(task.row_id) if self._outlook.knows_rows else None
            self._outlook.add(kind_of(type(task)), row_s, 1 if is_ else -1)
        self._cells.set(position, state)

    def forgive(self, position: int) -> None:
        """Forget how often a cell was lost."""
        self._alone.pop(position, None)
