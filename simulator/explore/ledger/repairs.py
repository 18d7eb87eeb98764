"""What came of holding the shards on disk against the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Adopted", "Compacted", "Verified"]


@dataclass(frozen=True)
class Adopted:
    """What was found on disk that the ledger did not know.

    Parameters
    ----------
    shards
        How many shards were recorded.
    cells
        How many cells have a result now that had none.
    torn
        Shards that cannot be read and were set aside, with what is wrong with them.
    removed
        How many unfinished files of writers that are gone were removed.
    """

    shards: int
    cells: int
    torn: Sequence[tuple[str, str]]
    removed: int


@dataclass(frozen=True)
class Verified:
    """What a check of the recorded shards found.

    Parameters
    ----------
    shards
        How many were checked.
    bad
        Those that are missing or damaged, with what is wrong with them.
    ids
        Cells that lost their result by it, and are to run again.
    """

    shards: int
    bad: Sequence[tuple[str, str]]
    ids: Sequence[str]


@dataclass(frozen=True)
class Compacted:
    """What compaction came to.

    Parameters
    ----------
    before, after
        Number of shards.
    """

    before: int
    after: int
