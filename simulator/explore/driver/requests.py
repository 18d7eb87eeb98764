"""What other processes ask of a driver that runs: files in ``requests/``, renamed into place, taken by the driver."""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from simulator.errors import FolderInUseError, GridError, LedgerError
from simulator.explore.states import BLOCKED, CANCELLED, FAILED, PENDING, RUNNING, STOPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.explore.ledger import Ledger

__all__ = ["Kind", "Request", "apply", "ask", "pending_requests"]

Kind = Literal["cancel", "retry"]

_logger = logging.getLogger("simulator.explore")


class Request(NamedTuple):
    """What is asked.

    Parameters
    ----------
    kind
        ``"cancel"`` or ``"retry"``.
    ids
        Of which cells.
    reason
        Why, for the record.
    """

    kind: Kind
    ids: Sequence[str]
    reason: str


def ask(folder: Path | str, kind: Kind, ids: Sequence[str], *, reason: str = "asked for") -> Literal["done", "asked"]:
    """Have cells cancelled or retried, by the driver that runs in the folder, or at once if there is none.

    Parameters
    ----------
    folder
        The sweep's folder.
    kind
        ``"cancel"`` or ``"retry"``.
    ids
        Full ids of cells.
    reason
        Why, for the record.

    Returns
    -------
    str
        ``"done"``: the ledger says so now. ``"asked"``: a driver runs, and will within a second.

    Raises
    ------
    GridError
        If it is asked for something else.
    LedgerError
        If there is no such folder, or it cannot be written.
    """
    if kind not in ("cancel", "retry"):
        raise GridError(f"{kind!r} cannot be asked for; there are cancel and retry")
    from simulator.explore.ledger import Ledger

    folder = Path(folder)
    if not (folder / "ledger.db").exists():
        raise LedgerError(f"{folder} is no folder of a sweep: it has no ledger.db; name the one that a sweep made")
    request = Request(kind, ids, reason)
    try:
        with Ledger.open(folder) as ledger:
            for each in (*pending_requests(folder), request):  # some may have come too late for an earlier driver
                apply(ledger, each)
    except FolderInUseError:
        _write(folder / "requests", request)
        return "asked"
    return "done"


def _write(folder: Path, request: Request) -> None:
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(exist_ok=True)
        unfinished = folder / f".{name}"
        unfinished.write_text(json.dumps(request._asdict()))
        unfinished.rename(folder / f"{name}.json")
    except OSError as error:
        raise LedgerError(f"the request cannot be written to {folder}: {error.strerror}") from error


def apply(ledger: Ledger, request: Request) -> list[str]:
    """Write into the ledger what is asked.

    Parameters
    ----------
    ledger
        The folder's, open for writing.
    request
        What is asked. Results stay: only cells that have none are cancelled, and none that has one runs again.

    Returns
    -------
    list of str
        Ids of the cells whose state changed.
    """
    wanted = (PENDING, RUNNING, BLOCKED) if request.kind == "cancel" else (FAILED, CANCELLED, STOPPED, BLOCKED)
    states: dict[str, str] = {}
    for grid in ledger.grids():
        states |= ledger.states(grid.name)
    ids = [id_ for id_ in request.ids if states.get(id_) in wanted]
    if request.kind == "cancel":
        ledger.set_state(ids, CANCELLED, f"cancelled: {request.reason}")
    else:
        ledger.retry(ids)
    return ids


def pending_requests(folder: Path) -> Iterator[Request]:
    """Take what is asked, oldest first; each file is removed once the next request, or the end, is asked for.

    Parameters
    ----------
    folder
        The sweep's folder.

    Yields
    ------
    Request
        To be heeded before going on.
    """
    here = folder / "requests"
    try:
        names = sorted(name for name in os.listdir(here) if name.endswith(".json"))  # noqa: PTH208  # quicker, asked often
    except FileNotFoundError:
        return
    for name in names:
        try:
            found = json.loads((here / name).read_text())
            request = Request(cast("Kind", found["kind"]), [str(id_) for id_ in found["ids"]], str(found["reason"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            _logger.warning("the request %s cannot be read and is left out: %s", here / name, error)
        else:
            yield request
        (here / name).unlink(missing_ok=True)
