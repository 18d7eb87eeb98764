"""What every executor offers: chunks go in, reports come out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import TracebackType

    from simulator.explore.chunk import Chunk, Report

__all__ = ["CANCELLED_WHY", "ONE_THREAD", "Executor"]

#: Why a chunk was lost that its driver cancelled.
CANCELLED_WHY = "cancelled"

#: Environment of workers that run beside one another on a machine: as many threads as there are workers, not
#: their square. What a user has set already stays.
ONE_THREAD = {
    f"{library}_THREADS": "1"
    for library in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "BLIS_NUM", "VECLIB_MAXIMUM", "NUMEXPR_NUM", "NUMBA_NUM")
}


class Executor(ABC):
    """Those who run chunks for a driver, wherever they are.

    An executor never decides what runs: it runs what it is given, in the order in which it is given as far as there
    is room, and tells what became of it. Results do not pass through it; they lie in shards in the sweep's folder.

    Every chunk that was submitted ends with exactly one report ``ended`` or ``lost``. Before ``ended`` come ``started``
    and a ``shard`` for each of its shards; before ``lost`` they may have come, and what lies in these shards stays.

    Used as a context manager, it is stopped on leaving, whatever happened.

    Attributes
    ----------
    name : str
        The word by which users choose it.
    """

    name: ClassVar[str]

    @abstractmethod
    def start(self, folder: Path) -> None:
        """Get ready to run chunks whose shards go to a sweep's folder; returns before everyone is ready.

        Parameters
        ----------
        folder
            The sweep's folder, which exists.

        Raises
        ------
        ExecutorError
            Those who are to run the chunks cannot be started.
        """

    @property
    @abstractmethod
    def capacity(self) -> int:
        """How many chunks should be in its hands, so that nobody waits for the driver."""

    @abstractmethod
    def submit(self, chunks: Sequence[Chunk]) -> None:
        """Take chunks to be run; returns at once.

        Parameters
        ----------
        chunks
            As many as one likes; more than `capacity` wait here.

        Raises
        ------
        ExecutorError
            Nobody is there to run them.
        """

    @abstractmethod
    def poll(self, timeout_s: float) -> list[Report]:
        """Tell what happened since the last call.

        Parameters
        ----------
        timeout_s
            How long to wait for something to happen [s]; 0 only looks.

        Returns
        -------
        list of Report
            In the order in which it happened, for each chunk; as soon as there is any.

        Raises
        ------
        ExecutorError
            Those who run the chunks die whenever they are started.
        """

    @abstractmethod
    def cancel(self, keys: Iterable[str]) -> None:
        """Let some chunks not go on: what has not begun never does, what runs is ended.

        Each is then reported as ``lost``, with `CANCELLED_WHY`; unless it ended before.

        Parameters
        ----------
        keys
            Which chunks; unknown and ended ones are left alone.
        """

    @abstractmethod
    def stop(self) -> None:
        """End everyone who works here, and what they started; nothing happens when called again."""

    def attach(self, key: str, who: str) -> bool:  # for those whose workers outlive a driver
        """Take over a chunk that an earlier driver submitted.

        Parameters
        ----------
        key
            Which chunk.
        who
            Who runs it, as an earlier `Report` said.

        Returns
        -------
        bool
            Whether it is still there; if so, its reports come as for any other. Most executors' workers die with
            their driver, so it is not.
        """
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
