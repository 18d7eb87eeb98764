"""The ledger of a sweep: which cells there are, and what has become of each."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from simulator.errors import LedgerError
from simulator.explore.ledger import moves
from simulator.explore.ledger.adopt import adopt, verify
from simulator.explore.ledger.compact import compact, remove_replaced
from simulator.explore.ledger.connect import open_to_read, open_to_write
from simulator.explore.ledger.digests import Digests
from simulator.explore.ledger.folder import make_folder
from simulator.explore.ledger.keys import chunk_key
from simulator.explore.ledger.lock import FolderLock
from simulator.explore.ledger.planning import enter_plan
from simulator.explore.ledger.recording import record
from simulator.explore.ledger.trouble import explained
from simulator.explore.ledger.view import LedgerView

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from sqlite3 import Connection

    from simulator.explore.chunk import Outcome
    from simulator.explore.ledger.records import Described, Planned
    from simulator.explore.ledger.repairs import Adopted, Compacted, Verified
    from simulator.explore.shards.info import ShardInfo

__all__ = ["Ledger"]

#: Shards of fewer bytes are merged: those of some hundred cells are read as quickly as larger ones.
_SMALL_BYTES = 64 << 10


class Ledger(LedgerView):
    """What became of the cells of a sweep, in one file of SQLite, written by one driver and read by anybody.

    Made by `Ledger.open`. Whatever changes it is one transaction: killed at any moment, all of it happened or nothing.

    Examples
    --------
    >>> import tempfile
    >>> from simulator.explore.ledger import Described
    >>> with tempfile.TemporaryDirectory() as folder, Ledger.open(folder) as ledger:
    ...     described = Described("0a" * 32, "0b" * 32, "0c" * 32, "eta=0.5", "plan.Train", 1, "{}")
    ...     planned = ledger.plan("night", [described.id], "digest", lambda position: described)
    ...     planned.new, ledger.counts("night")["pending"]
    (1, 1)
    """

    def __init__(self, folder: Path, con: Connection, lock: FolderLock | None) -> None:
        super().__init__(folder, con)
        self.lock = lock
        self.digests = Digests(con, writes=lock is not None, folder=folder)
        self._depth = 0

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, write: bool = True) -> Self:
        """Open the ledger of a sweep's folder.

        Parameters
        ----------
        folder
            The sweep's folder.
        write
            Whether this is the driver: then the folder is held, and made if it is not there. A reader needs no
            right to write, and reads while a driver writes.

        Raises
        ------
        FolderInUseError
            If another driver holds the folder.
        LedgerError
            If the ledger is damaged, of a newer version, or cannot be written; or, to read, if there is none.
        """
        where = Path(folder)
        if not write:
            with explained(where):
                return cls(where, open_to_read(where), None)
        with explained(where):
            make_folder(where)
        lock = FolderLock(where)
        try:
            with explained(where):
                ledger = cls(where, open_to_write(where), lock)
                remove_replaced(ledger._con, where, ledger.transaction)
        except BaseException:
            lock.release()
            raise
        return ledger

    def close(self) -> None:
        """Close the file, and let go of the folder."""
        try:
            with explained(self.folder):
                self._con.close()
        finally:
            if self.lock:
                self.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all that happens in the block one transaction; if it raises, nothing happened."""
        if self.lock is None:
            raise LedgerError(f"{self.folder} was opened to read; open it with write=True to change it")
        with explained(self.folder, system=False):
            if self._depth:
                yield
                return
            self._con.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self._con.execute("COMMIT")
            except BaseException:
                if self._con.in_transaction:  # a full disk ends it by itself
                    self._con.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def plan(
        self,
        grid: str,
        ids: Sequence[str],
        digest: str,
        describe: Callable[[int], Described],
        label: Callable[[int], tuple[str, str]] | None = None,
    ) -> Planned:
        """Make a grid consist of these cells.

        Cells that the grid had and has no more are unlinked: their results stay, and those that no grid has any more
        do not run. A new cell in the place of an earlier one has the difference between them as its reason.

        Parameters
        ----------
        grid
            Name of the grid.
        ids
            Its cells, each once, in plan order.
        digest
            Digest of these and of their tags. If it is the one that is stored, nothing happens.
        describe
            Tells what is to be kept of the cell at a position.
        label
            Tells name and tags of the cell at a position, for cells that are known; without it, `describe` does.
        """
        with self.transaction():
            return enter_plan(self._con, grid, ids, digest, describe, label)

    def begin(self, chunk: str, ids: Iterable[str], executor: str, job: str | None = None) -> list[str]:
        """Hand pending cells to an executor as a chunk; those that are not pending are left out of what is returned."""
        with self.transaction():
            return moves.begin(self._con, chunk, ids, executor, job)

    def set_job(self, chunk: str, job: str) -> None:
        """Note how the executor calls a chunk, so that a later driver finds it again."""
        with self.transaction():
            chunk_key(self._con, chunk, job=job)

    def record(self, shard: ShardInfo, outcomes: Sequence[Outcome]) -> list[str]:
        """Take up what a shard says of its cells.

        The first result of a cell is its result. A shard that is recorded already changes nothing.

        Parameters
        ----------
        shard, outcomes
            As `simulator.explore.shards.read_shard` returns them.

        Returns
        -------
        list of str
            Cells that are done or failed by it.
        """
        with self.transaction():
            return record(self._con, shard, outcomes)

    def fail(self, cell: str, error: str, traceback: str | None = None) -> bool:
        """Give a cell up, unless it has a result; tell whether it failed."""
        with self.transaction():
            return moves.fail(self._con, cell, error, traceback)

    def lost(self, chunk: str, why: str) -> list[str]:
        """Make the cells pending that a chunk left without a result, and tell which."""
        with self.transaction():
            return moves.lost(self._con, chunk, why)

    def set_state(self, ids: Iterable[str], state: str, reason: str) -> int:
        """Make cells pending, cancelled, stopped or blocked, unless they have a result; tell how many."""
        with self.transaction():
            return moves.set_state(self._con, ids, state, reason)

    def retry(self, ids: Iterable[str]) -> int:
        """Make cells pending that failed, or were cancelled, stopped or blocked; tell how many."""
        with self.transaction():
            return moves.retry(self._con, ids)

    def clear(self, ids: Iterable[str]) -> int:
        """Forget the results of cells and make them pending, unless they run; tell how many."""
        with self.transaction():
            return moves.clear(self._con, ids)

    def adopt(self) -> Adopted:
        """Record the shards on disk that the ledger does not know, as after a driver died.

        Damaged ones are set aside into ``shards/torn/``; unfinished files of writers that are gone are removed. Of
        cells that no plan made, the results are kept until one does: so a ledger that was lost is made anew.
        """
        with explained(self.folder):
            return adopt(self._con, self.folder, self.transaction)

    def verify(self, *, full: bool = False) -> Verified:
        """Check that the recorded shards are there, and whole; what lay in the others is pending again.

        Parameters
        ----------
        full
            Whether to read them all and compare their digests, not only their sizes.
        """
        with explained(self.folder):
            return verify(self._con, self.folder, full, self.transaction)

    def compact(self, *, small_bytes: int = _SMALL_BYTES) -> Compacted:
        """Merge small shards into larger ones, so that many one-cell shards do not slow reading down.

        Rows move: do it while no cell runs that reads results of others. Readers who were told the old place find the
        shard missing, and the rows at the new place once they ask `located` again.

        Parameters
        ----------
        small_bytes
            Shards of fewer bytes are merged.
        """
        with explained(self.folder):
            return compact(self._con, self.folder, small_bytes, self.transaction)
