"""Which cells are to run again, and which are to run now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.explore.states import CANCELLED, FAILED, STOPPED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.explore.ledger import Ledger

__all__ = ["chosen", "retry_cells"]

#: What is retried by a word.
RETRIED = {"failed": (FAILED,), "all": (FAILED, CANCELLED, STOPPED)}


def retry_cells(
    ledger: Ledger, grid: str, wanted: str | Sequence[str] | None, states: Mapping[str, str], among: set[str]
) -> set[str]:
    """Let cells run again that have no result.

    Parameters
    ----------
    ledger, grid
        Where they are.
    wanted
        ``"failed"``, ``"all"``, a pattern, or several; None for none.
    states
        State of each cell, by id.
    among
        No others are retried.

    Returns
    -------
    set of str
        Their ids.

    Raises
    ------
    UnknownCellError
        If a pattern fits no cell.
    """
    if wanted is None:
        return set()
    if isinstance(wanted, str) and wanted in RETRIED:
        again = {id_ for id_, state in states.items() if state in RETRIED[wanted]}
    else:
        from simulator.explore.read.grids import chosen as cells_of

        cells = cells_of(ledger, grid, (wanted,) if isinstance(wanted, str) else tuple(wanted))
        again = {cell.id for cell in cells if cell.state in RETRIED["all"]}
    again &= among
    ledger.retry(again)
    return again


def chosen(ledger: Ledger, grid: str, patterns: Sequence[str], needs: Mapping[str, Sequence[str]]) -> set[str]:
    """Find the cells that patterns fit, and all that they depend on.

    Parameters
    ----------
    ledger, grid
        Where they are.
    patterns
        As `simulator.explore.ledger.select.resolve` takes them.
    needs
        Ids that cells depend on directly, by id.

    Returns
    -------
    set of str
        Ids.

    Raises
    ------
    UnknownCellError
        If a pattern fits no cell.
    """
    from simulator.explore.read.grids import chosen as cells_of

    front = [cell.id for cell in cells_of(ledger, grid, patterns)]
    found: set[str] = set()
    while front:
        id_ = front.pop()
        if id_ not in found:
            found.add(id_)
            front += needs.get(id_, ())
    return found
