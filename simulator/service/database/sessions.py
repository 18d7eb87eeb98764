"""Sessions that works are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from simulator.errors import BadOperationError, SimulatorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Connection

__all__ = ["InlineSession", "WorkSession", "completed", "plain_error"]

T = TypeVar("T")


class _Session(Session):
    def commit(self) -> None:
        raise BadOperationError("a work does not commit: Database.run() does, once the work is done")


class WorkSession(AsyncSession):
    """A session that leaves the commit to the database."""

    sync_session_class = _Session

    def __init__(self, bind: Any, **options: Any) -> None:
        super().__init__(bind, expire_on_commit=False, **options)


class InlineSession(WorkSession):
    """A session on a connection whose statements are done when they return, as SQLite's are: nothing is ever awaited.

    That saves a change of context for each statement, and lets a work run in any thread, without an event loop. It may
    be used again once it is cleared.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(None, join_transaction_mode="rollback_only")
        self.sync_session.bind = self._connection = connection

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Execute a statement; see `AsyncSession.execute`."""
        # A session that nothing was asked of yet has nothing to do with statements about tables alone, and takes long.
        if not options and not self.sync_session.in_transaction() and _is_about_tables(statement):
            return self._connection.execute(statement, params)
        return self.sync_session.execute(statement, params, **options)

    async def rollback(self) -> None:
        """Undo the work so far."""
        self.sync_session.connection()  # it takes part in the transaction from here on, if it did not before
        self.sync_session.rollback()

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Execute a statement, and return the first column of its first row."""
        return self.sync_session.scalar(statement, params, **options)

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        """Execute a statement, and return its first column."""
        return self.sync_session.scalars(statement, params, **options)

    async def connection(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: SQLAlchemy's asynchronous connections insist on waiting."""
        raise BadOperationError("a work uses its session, which runs statements, too; not the connection below it")


def _is_about_tables(statement: Any) -> bool:
    """Tell whether no mapped class takes part in a statement; where that cannot be seen, one may."""
    return not getattr(statement, "_propagate_attrs", True)  # what `Session.execute` itself goes by


def completed(work: Callable[[AsyncSession], Awaitable[T]], session: InlineSession) -> T:
    """Run a work to its end, here and now.

    Raises
    ------
    BadOperationError
        If it waits for anything but its session.
    """
    steps = work(session).__await__()
    try:
        next(steps)
    except StopIteration as end:
        value: T = end.value
        return value
    close = getattr(steps, "close", None)
    if close is not None:
        close()
    raise BadOperationError("a work waits for nothing but its session: what it waits for would hold up all others")


def plain_error(error: BaseException) -> BaseException:
    """Return our own error out of that of SQLAlchemy which a column type's error is wrapped in."""
    cause = error.orig if isinstance(error, StatementError) and not isinstance(error, DBAPIError) else None
    return cause if isinstance(cause, SimulatorError) else error
