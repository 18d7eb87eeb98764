"""Rows of idempotency keys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, text, tuple_

from simulator.service.database.tables import KeyRow
from simulator.service.database.types import Utc
from simulator.service.layer.checks import findable, plain_text
from simulator.service.layer.repositories.rows import matched, table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Keys", "StoredKey"]

_KEY = table(KeyRow)
_FIND = select(_KEY.c.fingerprint, _KEY.c.answer, _KEY.c.created_at).where(
    _KEY.c.scope == bindparam("of"), _KEY.c.key == bindparam("name")
)
_REMEMBER = text(
    "INSERT INTO idempotency_key (scope, key, fingerprint, answer, created_at) "
    "VALUES (:scope, :key, :fingerprint, :answer, :created_at) ON CONFLICT (scope, key) DO NOTHING RETURNING key"
).bindparams(bindparam("created_at", type_=Utc()))


@dataclass(frozen=True, kw_only=True)
class StoredKey:
    """What a request with an idempotency key was answered.

    Parameters
    ----------
    fingerprint
        What tells the request from others.
    answer
        The answer, as plain data.
    created_at
        When it was given (UTC).
    """

    fingerprint: str
    answer: Any
    created_at: datetime


class Keys:
    """Idempotency keys of a database.

    Parameters
    ----------
    session
        An open session.
    """

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def remember(self, scope: str, key: str, fingerprint: str, answer: Any, created_at: datetime) -> bool:
        """Insert a key, unless it is there."""
        row = {
            "scope": scope,
            "key": key,
            "fingerprint": fingerprint,
            "answer": plain_text("answer", answer),
            "created_at": created_at,
        }
        return (await self._session.execute(_REMEMBER, row)).first() is not None

    async def find(self, scope: str, key: str) -> StoredKey | None:
        """Read a key."""
        if not (findable(scope) and findable(key)):
            return None
        row = (await self._session.execute(_FIND, {"of": scope, "name": key})).one_or_none()
        if row is None:
            return None
        return StoredKey(fingerprint=row.fingerprint, answer=json.loads(row.answer), created_at=row.created_at)

    async def forget_one(self, scope: str, key: str) -> None:
        """Delete a key."""
        await self._session.execute(delete(_KEY).where(_KEY.c.scope == scope, _KEY.c.key == key))

    async def forget(self, before: datetime, limit: int, spared: str) -> int:
        """Delete the oldest keys from before a moment, but for those that begin with a text."""
        oldest = select(_KEY.c.scope, _KEY.c.key).where(_KEY.c.created_at < before)
        if spared:
            oldest = oldest.where(func.substr(_KEY.c.key, 1, len(spared)) != spared)
        oldest = oldest.order_by(_KEY.c.created_at).limit(limit)
        return await matched(self._session, delete(_KEY).where(tuple_(_KEY.c.scope, _KEY.c.key).in_(oldest)))
