"""The controller's end of the sampler: starts the process, tells it what to do, notices when it is dead or hangs."""

from __future__ import annotations

import math
import os
import sys
from typing import TYPE_CHECKING, Any

from simulator.collect.sampling.child import Child
from simulator.collect.sampling.probe import Probe
from simulator.errors import CollectError, PlanError, SamplerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

__all__ = ["Sampler"]

NOT_RUNNING = "the sampler does not run; call start() first"


class Sampler:
    """A process that samples GPUs, seen from the controller; a context manager that starts and stops it.

    Parameters
    ----------
    uuids
        UUIDs of the job's GPUs; their order is that of ``gpu`` in the samples.
    period_ms
        Time between two samples [ms]; without it, it follows from `probe`, and is 53 ms before that.
    environment
        Variables to set for the process, besides those of this one.

    Raises
    ------
    PlanError
        If the period is no positive number.

    Notes
    -----
    It samples always: into files between `open` and `close`, else once a second for `latest`. It ends when its stdin
    is closed, so also when this process is killed.
    """

    def __init__(
        self, uuids: Sequence[str], *, period_ms: float | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        if period_ms is not None and not (math.isfinite(period_ms) and period_ms > 0):
            raise PlanError(f"a sampling period of {period_ms} ms: it must be a positive number")
        self._uuids = list(uuids)
        self._period_ms = period_ms
        self._environment = {**os.environ, **(environment or {})}
        self._child: Child | None = None

    def __enter__(self) -> Sampler:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id; None before `start` and after `stop`."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Start the process, and let it find the GPUs; after a `stop`, or if it died, it may be started again.

        Raises
        ------
        SamplerError
            If it cannot be started, or dies.
        GpuError
            If it finds no NVML, or not all of the GPUs.
        """
        self.stop()
        # -P: what lies in the working directory, which is the job's, is not to be imported in place of other modules
        self._child = Child([sys.executable, "-P", "-m", "simulator.collect.sampling"], self._environment)
        try:
            self._child.ask({"do": "start", "uuids": self._uuids, "period_ms": self._period_ms})
        except CollectError:
            self.stop()
            raise

    def probe(self, seconds: float = 1.5) -> Probe:
        """Find out what the sensors are, and choose the period to sample with from the next `open` on.

        Parameters
        ----------
        seconds
            How long to read each GPU [s]. Files that are open are written meanwhile.

        Returns
        -------
        Probe
            What was found; where it is ``constant``, probe again while a job runs.
        """
        longer_s = seconds * len(self._uuids)
        return Probe.from_json(self._running().ask({"do": "probe", "seconds": seconds}, longer_s=longer_s))

    def open(self, directory: Path) -> list[str]:
        """Record from now on into new files of a directory.

        Parameters
        ----------
        directory
            A run's directory; it is made if it does not exist.

        Returns
        -------
        list of str
            The files, fast and slow: a second pair if the directory holds one already.

        Raises
        ------
        CollectError
            If they cannot be made.
        """
        files: list[str] = self._running().ask({"do": "open", "directory": str(directory)})["files"]
        return files

    def close(self) -> dict[str, Any]:
        """End the files; they are on the disk then.

        Returns
        -------
        dict
            ``rows`` and ``slow_rows``, deadlines ``missed``, ``period_ms`` at the end, and ``backed_off_ns``: when it
            became 53 ms because a GPU could not bear the pace, or None.

        Raises
        ------
        CollectError
            If not everything could be written, as on a full disk; what was written is whole.
        """
        return self._running().ask({"do": "close"})

    def latest(self) -> dict[str, Any] | None:
        """Hand out the last heartbeat; None before the first.

        Returns
        -------
        dict or None
            What `simulator.collect.sampling.loop.Loop.heartbeat` says, whether it is ``recording``, and as ``error``
            why it stopped recording, or None.
        """
        return None if self._child is None else self._child.latest

    def alive(self) -> bool:
        """Whether the process runs and has said something lately."""
        return self._child is not None and self._child.alive()

    def trouble(self) -> CollectError | None:
        """Say why sampling cannot go on: the process died or hangs, or the disk is full; None if all is well."""
        if self._child is None:
            return SamplerError(NOT_RUNNING)
        if not self._child.alive():
            return self._child.dead()
        error = (self._child.latest or {}).get("error")
        return None if error is None else CollectError(error)

    def stop(self) -> None:
        """End the process, kill it if it does not; files are whole in either case. A second time does nothing."""
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def _running(self) -> Child:
        if self._child is None:
            raise SamplerError(NOT_RUNNING)
        return self._child
