"""Follows one run from its launch until it ends, has shown enough, or something goes wrong."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from simulator.collect.clock import wall_pair
from simulator.collect.run.clocks import clock_offset_ns
from simulator.collect.run.ending import Ending

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.collect.clock import Clock
    from simulator.collect.protocol import Follower
    from simulator.collect.run.job import JobProcess
    from simulator.collect.run.progress import Progress
    from simulator.collect.run.watch import Watch

__all__ = ["Following"]

_logger = logging.getLogger("simulator.collect")

#: How long to wait for output before looking for events again [s].
_LISTEN_S = 0.05


class Following:
    """One run that is followed.

    Parameters
    ----------
    job
        The script.
    follower
        Reads what it reports.
    progress
        Understands that.
    watch
        Looks at everything else.
    clock
        Tells the time.
    """

    def __init__(self, job: JobProcess, *, follower: Follower, progress: Progress, watch: Watch, clock: Clock) -> None:
        self._job = job
        self._follower = follower
        self._progress = progress
        self._watch = watch
        self._clock = clock
        self._heard_ns = job.launched_ns
        #: How far the script's clock is from ours [ns]; None until it said anything.
        self.offset_ns: int | None = None

    def until_enough(self, *, stall_timeout_s: float) -> Ending:
        """Follow it.

        Parameters
        ----------
        stall_timeout_s
            How long it may report nothing and, once it has reported anything, print nothing [s].

        Returns
        -------
        Ending
            Why it is not followed any longer; the script may still run.

        Raises
        ------
        EventError
            If what it reports cannot be understood, or its clock is not ours.
        OSError, CollectError
            If the disk is full.
        """
        while self._job.running:
            self._job.hear(_LISTEN_S)
            self.read()
            if self._progress.enough:
                return Ending("enough")
            if trouble := self._watch.look():
                return trouble
            if (silent_s := self._silent_s()) > stall_timeout_s:
                return Ending(
                    "stalled",
                    f"nothing was reported for {silent_s:.1f} s, and measure.stall_timeout_s is {stall_timeout_s:g}; "
                    "if that is how long it takes, say more there, or call events.steps() in each step",
                )
        return Ending("exit")

    def _silent_s(self) -> float:
        """Tell how long it gave no sign of life [s]; what it prints is one once it has reported anything."""
        heard_ns = self._heard_ns if self._progress.silent else max(self._heard_ns, self._job.heard_ns)
        return (self._clock.monotonic_ns() - heard_ns) / 1e9

    def ask_to_stop(self, stop: Path, *, within_s: float) -> None:
        """Tell a script that reports by itself that it is enough, and give it time to end.

        Parameters
        ----------
        stop
            The file whose presence says so.
        within_s
            How long to wait [s].
        """
        stop.touch()
        if self._progress.from_output:
            return  # it knows nothing of the file
        until_ns = self._clock.monotonic_ns() + round(within_s * 1e9)
        while self._job.running and self._clock.monotonic_ns() < until_ns:
            self._job.hear(_LISTEN_S)
            self.read()

    def read(self) -> None:
        """Take in what was reported since."""
        events = self._follower.poll()
        if not events:
            return
        self._heard_ns = self._clock.monotonic_ns()
        if self.offset_ns is None:
            self.offset_ns = clock_offset_ns(events[0], self._job.launched_ns, wall_pair(self._clock))
            if self.offset_ns:
                _logger.warning("the script's monotonic clock is %+.6f s off; corrected", self.offset_ns / 1e9)
        self._progress.take(events, offset_ns=self.offset_ns)
