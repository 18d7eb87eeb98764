"""The workers that an executor of Dask has: started here, elsewhere, or in jobs of Slurm."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from distributed import Client

from simulator.errors import ExecutorError
from simulator.explore.executors.dask.local import LocalWorkers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["CONNECT_S", "Workers"]

#: How long a scheduler may take to answer when it is first called [s].
CONNECT_S = 30
#: How long a connection may be broken before the scheduler is given up [s].
BROKEN_S = 5.0
#: How long a count of workers is believed [s].
COUNT_S = 2.0


class Workers:
    """A client of Dask, and the workers that it started.

    Parameters
    ----------
    logs
        Folder for what workers say.
    number
        How many to start.
    """

    def __init__(self, logs: Path, number: int) -> None:
        self._logs = logs
        self._number = number
        self.client: Any = None
        self.local: LocalWorkers | None = None
        self._slurm: Any = None
        self._address: str | None = None
        self._counted: tuple[float, int] = (float("-inf"), 0)
        self._broken_s: float | None = None

    def call(self, address: str) -> None:
        """Use a scheduler that runs.

        Raises
        ------
        ExecutorError
            It does not answer.
        """
        self._address = address
        self._connect(address)

    def start_here(self) -> None:
        """Start workers on this machine."""
        self.local = LocalWorkers(self._number, self._logs)
        self._connect(self.local.cluster)

    def start_in_slurm(self, settings: Mapping[str, Any], interface: str | None) -> None:
        """Start workers in jobs.

        Parameters
        ----------
        settings
            Of Slurm, as a launcher keeps them.
        interface
            Network interface by which machines reach one another; None lets Dask choose.

        Raises
        ------
        ExecutorError
            Slurm refuses, or does not answer.
        """
        from simulator.explore.executors.dask.slurm import slurm_cluster

        self._slurm = slurm_cluster(self._number, settings, interface, self._logs)
        self._connect(self._slurm)

    def _connect(self, to: Any) -> None:
        try:
            self.client = Client(to, set_as_default=False, timeout=CONNECT_S)  # type: ignore[no-untyped-call]  # Dask has few types
        except (OSError, ValueError, TimeoutError) as error:
            raise ExecutorError(
                f"no scheduler of Dask answers at {to}: {error}; `dask scheduler` starts one, and says its address"
            ) from error

    @property
    def running(self) -> int:
        """How many chunks run at once: one in each worker, however many threads it has."""
        if self._address is None or self.client is None:
            return self._number
        counted_s, workers = self._counted
        if time.monotonic() - counted_s > COUNT_S:
            with suppress(OSError, TimeoutError):  # whether the scheduler is lost is for `check` to say
                workers = len(self.client.nthreads())
            self._counted = (time.monotonic(), workers)
        return max(1, workers)

    def check(self) -> None:
        """See whether the scheduler and the workers live.

        Raises
        ------
        ExecutorError
            The scheduler is lost, or workers die whenever they are started.
        """
        if self.local is not None:
            self.local.check()
        if self.client is None or self.client.status == "running":
            self._broken_s = None
            return
        now_s = time.monotonic()
        self._broken_s = now_s if self._broken_s is None else self._broken_s
        if self.client.status == "closed" or now_s - self._broken_s > BROKEN_S:
            at = self._address or "this machine"
            raise ExecutorError(f"the scheduler of Dask at {at} is lost; start it again, then run this again")

    def end(self, notes: list[dict[str, Any]]) -> None:
        """End those who run what nobody wants any more; others take their places."""
        if self.local is not None:
            self.local.kill([note["pid"] for note in notes])
        elif self._slurm is not None and notes:
            with suppress(TimeoutError):
                workers = sorted({note["worker"] for note in notes})
                self.client.restart_workers(workers, timeout=CONNECT_S, raise_for_error=False)

    def close(self, futures: list[Any]) -> None:
        """Cancel tasks, and end the workers that were started here; nothing happens when called again."""
        client, self.client = self.client, None
        if client is not None:
            with suppress(OSError, TimeoutError):
                if client.status == "running":
                    client.cancel(futures, force=True)
            client.close(timeout=10)
        local, self.local = self.local, None
        if local is not None:
            local.close()
        slurm, self._slurm = self._slurm, None
        if slurm is not None:
            slurm.close(timeout=CONNECT_S)
