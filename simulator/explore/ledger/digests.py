"""Digests of files, so that an unchanged file is not read again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from simulator.explore.ledger.trouble import explained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from sqlite3 import Connection

__all__ = ["Digests"]


class Digests:
    """Keep one digest for each path, of the file as it was last seen there.

    Parameters
    ----------
    con
        The ledger.
    writes
        Whether it may be written; if not, digests are kept until the end of this process.
    folder
        Where it lies, for messages.
    """

    def __init__(self, con: Connection, *, writes: bool, folder: Path) -> None:
        self._con = con
        self._writes = writes
        self._folder = folder
        self._seen: dict[tuple[str, str], str] = {}

    def get(self, key: Sequence[object]) -> str | None:
        """Find the digest of a file; None if it is not known, or the file is another now.

        Parameters
        ----------
        key
            Absolute path, then what changes when the file does: size, times, inode.
        """
        path, stamp = _split(key)
        if found := self._seen.get((path, stamp)):
            return found
        with explained(self._folder):
            told = self._con.execute("SELECT digest FROM digest WHERE path = ? AND stamp = ?", (path, stamp)).fetchone()
        return told[0] if told else None

    def put(self, key: Sequence[object], digest: str) -> None:
        """Keep the digest of a file instead of the one that it had before."""
        path, stamp = _split(key)
        self._seen[path, stamp] = digest
        if self._writes:
            with explained(self._folder):
                self._con.execute("INSERT OR REPLACE INTO digest VALUES (?, ?, ?)", (path, stamp, digest))


def _split(key: Sequence[object]) -> tuple[str, str]:
    path: str | Path
    path, *stamp = key  # type: ignore[assignment]  # the first part is a path by contract
    return str(path), json.dumps(stamp)
