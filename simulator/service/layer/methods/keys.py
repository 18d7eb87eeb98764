"""Methods about idempotency keys: a request that comes again gets the answer that it got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.service.layer.checks import page_length, stored_moment, stored_text
from simulator.service.layer.fetched import Fetched
from simulator.service.model.spec import MAX_ID

if TYPE_CHECKING:
    from datetime import datetime

    from simulator.service.layer.repositories.keys import StoredKey

__all__ = ["KeyMethods"]


class KeyMethods(Fetched):
    """Idempotency keys of a session."""

    async def remember_key(self, scope: str, key: str, *, fingerprint: str, answer: Any) -> bool:
        """Store the answer to a request.

        Parameters
        ----------
        scope
            What the key is unique within: a job's name for requests about the job, whose keys go with it; empty for
            all others.
        key
            The key that came with the request.
        fingerprint
            What tells the request from others.
        answer
            The answer, as plain data for ``json.dumps``.

        Returns
        -------
        bool
            Whether it was stored; not if the key is known already.

        Raises
        ------
        BadValueError
            If a text cannot be stored, or the answer is no plain data.
        """
        return await self._keys.remember(
            stored_text("scope", scope, most=MAX_ID + 100),
            stored_text("key", key, most=MAX_ID),
            stored_text("fingerprint", fingerprint),
            answer,
            self._clock(),
        )

    async def find_key(self, scope: str, key: str) -> StoredKey | None:
        """Find what a request with this key was answered; None if there was none."""
        return await self._keys.find(scope, key)

    async def forget_key(self, scope: str, key: str) -> None:
        """Forget a key whose answer is no longer true; one that is not known is none already."""
        await self._keys.forget_one(scope, key)

    async def forget_keys(self, before: datetime, *, limit: int = 1000, spared: str = "") -> int:
        """Forget keys from before a moment.

        Parameters
        ----------
        before
            The moment.
        limit
            How many are forgotten at most.
        spared
            Keys that begin with this stay as long as their job does; empty: none do.

        Returns
        -------
        int
            How many were forgotten.
        """
        return await self._keys.forget(stored_moment("before", before), page_length(limit), spared)
