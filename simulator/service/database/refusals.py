"""What a database refused, in words that say what to do; never with a password or SQL in them."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, IntegrityError

from simulator.errors import DatabaseError

if TYPE_CHECKING:
    from simulator.service.database.address import Address

__all__ = ["UNKNOWN_OUTCOME", "is_refusal", "is_worth_another_try", "refusal"]

UNKNOWN_OUTCOME = (
    "the connection to {shown} broke while a change was being committed, and nobody can say whether it was; "
    "ask for what was to be changed before changing it again"
)

#: What SQLite says (names of its result codes), and what to do.
OF_SQLITE = {
    "SQLITE_BUSY": "{shown} stays locked: another program has written to it for {patience_s:g} s; end that program",
    "SQLITE_LOCKED": "{shown} stays locked by a reader in this process; try again",
    "SQLITE_FULL": "no space is left for {shown}; make room on that disk. What was stored before is safe",
    "SQLITE_READONLY": "{shown} cannot be written; make the file and its folder writable for the user of the service",
    "SQLITE_CANTOPEN": "{shown} cannot be opened: is its folder there, and may the user of the service write in it? "
    "A database that is not there yet is made by `simulator serve`, or `simulator serve migrate`",
    "SQLITE_NOTADB": "{shown} is no database of SQLite; give another file, or move this one away",
    "SQLITE_CORRUPT": "{shown} is damaged; restore it from a backup",
    "SQLITE_IOERR": "the disk of {shown} does not read or write; see the system's log, and whether it is full",
    "SQLITE_PERM": "{shown} may not be used by this user; see the file's permissions",
    "SQLITE_AUTH": "{shown} may not be used by this user; see the file's permissions",
    "SQLITE_TOOBIG": "{shown} cannot store a value as large as this",
    "SQLITE_NOMEM": "no memory is left for {shown}",
}

#: What PostgreSQL says (classes and codes of SQLSTATE), and what to do; the longest that matches counts.
OF_POSTGRESQL = {
    "28": "{shown} does not let this user in: see user and password in the URL, and pg_hba.conf of the server",
    "3D000": "{shown}: the server has no such database; create it (createdb) or see the URL for its name",
    "42501": "{shown}: the user of the service lacks rights; grant it all on this database and its schema",
    "42P01": "{shown} has no tables of the service; run `simulator serve migrate`",
    "42703": "{shown} has tables of another version; run `simulator serve migrate`",
    "25006": "{shown} is read-only; point the service to the primary server",
    "53100": "no space is left on the server of {shown}; make room there. What was stored before is safe",
    "53300": "{shown} takes no more connections; raise max_connections, or start fewer workers",
    "53": "the server of {shown} has run out of resources; see its log",
    "57P": "the server of {shown} is being shut down or started; try again once it runs",
    "57014": "{shown} gave up on a statement that took too long; see what else the server does",
    "55P03": "{shown} stays locked: another program has been changing it for too long; end that program",
    "40": "{shown} was changed by others each time again; try again when there is less to do",
    "08": "the connection to {shown} broke; is the server running, and is the network up?",
}

UNREACHABLE = "{shown} cannot be reached: is the server running there, and do host and port fit?"
OTHERWISE = "{shown} refused a statement of the service ({name}); see whether its tables are those of this version"

#: Serialization failure, deadlock, and the ways of a connection to be lost: all before anything was committed.
PASSING = ("40001", "40P01", "08", "57P01", "57P02", "57P03")


def refusal(error: BaseException, address: Address, *, patience_s: float = 30.0) -> DatabaseError:
    """Say what a driver's error means to whoever runs the service."""
    cause = root(error)
    name = code_of(cause)
    if name.startswith("SQLITE_"):
        form = OF_SQLITE.get("_".join(name.split("_")[:2]), _of_sqlite_text(cause))
    elif name:
        matching = [known for known in OF_POSTGRESQL if name.startswith(known)]
        form = OF_POSTGRESQL[max(matching, key=len)] if matching else OTHERWISE
    elif isinstance(cause, OSError | EOFError | TimeoutError) or _is_lost(error):
        form = UNREACHABLE
    else:
        form, name = OTHERWISE, type(cause).__name__
    return DatabaseError(form.format(shown=address.shown, patience_s=patience_s, name=name))


def is_refusal(error: BaseException) -> bool:
    """Tell whether it is the database that refused, rather than the work that raised."""
    if isinstance(error, IntegrityError):
        return False  # two wanted the same row: a matter of the work, which knows what that means
    return isinstance(error, DBAPIError | sqlite3.Error | OSError) or bool(code_of(error))


def is_worth_another_try(error: BaseException) -> bool:
    """Tell whether the same work may succeed if it is run again, as nothing of it was committed."""
    if isinstance(error, DatabaseError):
        return False
    return code_of(root(error)).startswith(PASSING) or _is_lost(error)


def root(error: BaseException) -> BaseException:
    """Return what the driver raised."""
    while isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    while error.__cause__ is not None and not (code_of(error) or isinstance(error, OSError)):
        error = error.__cause__
    return error


def code_of(error: BaseException) -> str:
    """Return the name of SQLite's result code, the SQLSTATE of PostgreSQL, or an empty text."""
    for attribute in ("sqlite_errorname", "sqlstate"):
        code = getattr(error, attribute, None)
        if isinstance(code, str) and re.fullmatch(r"[A-Z0-9_]+", code):
            return code
    return ""


def _is_lost(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _of_sqlite_text(error: BaseException) -> str:
    """SQLite has one code for wrong statements; a missing table or column is one of an empty or other database."""
    if "no such table" in str(error):
        return OF_POSTGRESQL["42P01"]
    if "no such column" in str(error) or "has no column" in str(error):
        return OF_POSTGRESQL["42703"]
    return OTHERWISE
