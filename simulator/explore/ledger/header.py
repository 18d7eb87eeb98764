"""Look at a ledger without touching it, to see whether it is one, whose it is, and whether it is whole.

The first 100 bytes of an SQLite file say so (source: sqlite.org/fileformat2.html, section 1.3), so that a file that
this version must not write is not even opened by SQLite, which might.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simulator.errors import LedgerError
from simulator.explore.ledger.schema import APPLICATION_ID, VERSION
from simulator.explore.ledger.trouble import LEDGER, damaged

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_header", "refuse_newer"]

_MAGIC = b"SQLite format 3\0"


def check_header(folder: Path, newest: int = VERSION) -> None:
    """Refuse what is no ledger, what a newer version wrote, and what is cut short.

    Parameters
    ----------
    folder
        The sweep's folder, with a ledger in it.
    newest
        Highest version of the tables that can be read.

    Raises
    ------
    LedgerError
        If it is any of these; OSError if it cannot be read.
    """
    path = folder / LEDGER
    with path.open("rb") as file:
        head = file.read(100)
        size = file.seek(0, 2)
    if not head:  # its maker died before the first byte
        return
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise damaged(folder, "it does not begin as an SQLite file does")
    (page,) = struct.unpack_from(">H", head, 16)
    (pages,) = struct.unpack_from(">I", head, 28)
    (version,) = struct.unpack_from(">I", head, 60)
    (application,) = struct.unpack_from(">I", head, 68)
    if application != APPLICATION_ID:
        if application or version or size > 65536:
            raise LedgerError(f"{path} is a database of another program; choose another folder for the sweep")
        return  # its maker died before the tables were there
    refuse_newer(folder, version, newest)
    page = 65536 if page == 1 else page
    log = path.with_name(f"{LEDGER}-wal")
    if size < pages * page and not (log.exists() and log.stat().st_size):
        raise damaged(folder, f"it is cut short: {size} of {pages * page} bytes are there")


def refuse_newer(folder: Path, version: int, newest: int = VERSION) -> None:
    """Refuse a ledger whose tables a newer version of the simulator made."""
    if version > newest:
        raise LedgerError(
            f"{folder / LEDGER} was written by a newer simulator: its tables have version {version}, and this one knows"
            f" versions up to {newest}; update the simulator, or choose another folder. Nothing was changed"
        )
