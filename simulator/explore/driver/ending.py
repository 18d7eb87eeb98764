"""What is done when nothing is left to run: folders tidied up, and failures raised."""

from __future__ import annotations

import logging
import os
from itertools import islice
from typing import TYPE_CHECKING

from simulator.errors import FailedCellsError, LedgerError
from simulator.explore.places import shown_id
from simulator.explore.shards.place import remove_unfinished
from simulator.explore.states import FAILED

if TYPE_CHECKING:
    from simulator.explore.driver.snapshot import Run
    from simulator.explore.ledger import Ledger

__all__ = ["raise_failed", "tidy"]

_logger = logging.getLogger("simulator.explore")

#: So many files in a folder are a burden to whoever reads all of them.
MANY = 500
#: How many failed cells an error names.
NAMED = 5


def tidy(ledger: Ledger) -> None:
    """Remove what killed workers left unfinished, and make few large shards of many small ones.

    The latter only if there are so many that it is worth the time.

    Parameters
    ----------
    ledger
        Open for writing; nothing runs.
    """
    remove_unfinished(ledger.folder)
    if sum(1 for _ in os.scandir(ledger.folder / "shards")) < MANY:
        return
    try:
        ledger.compact()
    except LedgerError as error:  # all is recorded; it may be tidied up another time
        _logger.warning("small shards stay as they are: %s", error)


def raise_failed(ledger: Ledger, run: Run) -> None:
    """Raise if cells failed, in this run or before.

    Parameters
    ----------
    ledger
        Of the folder.
    run
        How the run ended.

    Raises
    ------
    FailedCellsError
        It names the first cells and what went wrong, and has the `Run` as ``run``.
    """
    counts = run.counts
    if not counts.failed:
        return
    failed = islice(ledger.cells(run.grid, states=(FAILED,)), NAMED)
    lines = [f"  {cell.name} ({shown_id(cell.id)}): {cell.error}" for cell in failed]
    if counts.failed > NAMED:
        lines.append(f"  and {counts.failed - NAMED:,} more")
    error = FailedCellsError(
        f"{counts.failed:,} of {counts.total:,} cells failed ({counts}); what is done stays; ask for a retry to run "
        "them again:\n" + "\n".join(lines)
    )
    error.run = run
    raise error
