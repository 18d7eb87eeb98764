"""Databases: SQLite, which Python brings along, and PostgreSQL if the user names one."""

from __future__ import annotations

import asyncio
import sqlite3
from importlib.util import find_spec
from pathlib import Path

from simulator.doctor.finding import Finding, missing, ok, problem
from simulator.doctor.programs import TIMEOUT_S

__all__ = ["named", "sqlite"]

#: The first version with WAL as the ledger and the service use it (sqlite.org/wal.html).
_WAL = (3, 7, 0)

#: File systems over a network, on which WAL does not work (sqlite.org/wal.html).
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "fuse.sshfs", "ceph", "9p")


def sqlite() -> list[Finding]:
    """Look at SQLite, and at the file system of the folder for live jobs."""
    from simulator.state_dir import state_dir

    said = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < _WAL:
        return [problem("SQLite", said, "sweeps and live jobs need write-ahead logs", "install a newer Python")]
    findings = [ok("SQLite", f"{said}, with write-ahead logs", "ledgers of sweeps, and live jobs")]
    folder = state_dir()
    if (kind := _file_system(folder)) in _REMOTE:
        means = "live jobs may be served from one machine only"
        findings.append(missing("file system", f"{kind} below {folder}", means, "use --data on a local disk"))
    return findings


def named(url: str) -> list[Finding]:
    """Reach the database that the user named; nothing is made or changed.

    Parameters
    ----------
    url
        Its URL.
    """
    if find_spec("sqlalchemy") is None or find_spec("alembic") is None:
        means = "the database cannot be looked at"
        return [missing("database", "the service is not installed", means, "pip install 'trace-simulator[service]'")]
    from simulator.errors import DatabaseError
    from simulator.service.database import current
    from simulator.service.database.address import Address

    try:
        address = Address.parse(url)
        if address.dialect == "sqlite" and not address.path.exists():
            return [missing("database", f"{address.shown} is not there yet", "`simulator serve` makes it")]
        revision = asyncio.run(asyncio.wait_for(current(url), TIMEOUT_S))
    except TimeoutError:
        means, todo = "`simulator serve` would wait for it", "see whether its machine is reachable"
        return [problem("database", f"{address.shown} did not answer within {TIMEOUT_S:g} s", means, todo)]
    except (DatabaseError, OSError) as error:
        return [problem("database", str(error), "`simulator serve` cannot use it", "see whether it runs")]
    if revision is None:
        todo = "simulator serve migrate --database URL"
        return [missing("database", f"{address.shown} has no tables yet", "`simulator serve` makes them", todo)]
    return [ok("database", f"{address.shown} answers, revision {revision}")]


def _file_system(folder: Path) -> str:
    """Name the kind of file system that a folder lies in, or will lie in; empty where that is not told."""
    import psutil

    kinds = {Path(each.mountpoint): each.fstype for each in psutil.disk_partitions(all=True)}
    return next((kinds[each] for each in (folder, *folder.parents) if each in kinds), "")
