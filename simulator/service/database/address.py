"""Where a database is, and how to speak of it without its password."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from simulator.errors import DatabaseError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

__all__ = ["Address"]

FORMS = "sqlite:///jobs.db (a file; four slashes for an absolute path) or postgresql://user:password@host/name"


@dataclass(frozen=True)
class Address:
    """A database's URL, understood.

    Parameters
    ----------
    url
        For a driver that this project uses.
    dialect
        ``sqlite`` or ``postgresql``.
    shown
        The URL for people, without password.
    """

    url: URL
    dialect: str
    shown: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Understand a URL.

        Raises
        ------
        DatabaseError
            If it is none, names another kind of database, or no file.

        Examples
        --------
        >>> Address.parse("postgresql://ann:secret@db.example/jobs").shown
        'postgresql://ann:***@db.example/jobs'
        """
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            # What was given is not shown: a password may stand anywhere in it.
            raise DatabaseError(f"the database's URL cannot be understood; write {FORMS}") from None
        dialect, _, driver = url.drivername.partition("+")
        if dialect == "postgres":
            dialect = "postgresql"
        if dialect == "sqlite" and driver in ("", "aiosqlite", "pysqlite"):
            return cls._of_file(url)
        if dialect == "postgresql" and driver in ("", "asyncpg"):
            shown = url.set(drivername=dialect, query={}).render_as_string()
            return cls(url.set(drivername="postgresql+asyncpg"), dialect, shown)
        raise DatabaseError(f"{url.drivername!r} is no database that the service knows; write {FORMS}")

    @classmethod
    def _of_file(cls, url: URL) -> Address:
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            raise DatabaseError(f"the database's URL names no file that all workers could share; write {FORMS}")
        if url.host or url.query:
            raise DatabaseError(f"a file of SQLite takes no host and no options; write {FORMS}")
        plain = url.set(drivername="sqlite+pysqlite")
        return cls(plain, "sqlite", f"sqlite:///{url.database}")

    @cached_property
    def path(self) -> Path:
        """The file of SQLite."""
        return Path(self.url.database or "")

    def which_file(self) -> tuple[int, int] | None:
        """Tell one file from another that has taken its place, None if there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
