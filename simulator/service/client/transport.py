"""Requests that are made again until they are answered, or a deadline has passed."""

from __future__ import annotations

import json
import logging
import os
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator.errors import ExtraMissingError, SettingsError, UnreachableError
from simulator.service.client.backoff import FIRST_S, Backoff, retry_after_s
from simulator.service.client.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

__all__ = ["Transport"]

_LOG = logging.getLogger("simulator.service")

#: Answers that say "not now": too many requests, and what proxies say while the server behind them restarts.
NOT_NOW = (429, 502, 503, 504)

#: Largest answer that is read [bytes].
MAX_ANSWER_BYTES = 64 * 2**20


class Transport:
    """Talks to one service. Threads may share it, and a forked process goes on with connections of its own.

    Parameters
    ----------
    url
        Address of the service, ``http://`` or ``https://``.
    token
        Bearer token, None for none.
    timeout_s
        How long one try may stay without a sign of the server [s].
    deadline_s
        How long a request is tried, waits included [s].
    make
        Makes the transport of httpx, for tests; None for httpx's own.

    Attributes
    ----------
    first_wait_s
        Longest wait before the second try [s].
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 10.0,
        deadline_s: float = 120.0,
        make: Callable[[], httpx.BaseTransport] | None = None,
    ) -> None:
        self.url = _checked_url(url)
        self.deadline_s, self.first_wait_s = deadline_s, FIRST_S
        self._headers = {"Accept": "application/json"} | _authorization(token)
        self._timeout_s = timeout_s
        self._make = make
        self._http: httpx.Client | None = None
        self._keeps, self._pid = False, 0

    def __repr__(self) -> str:
        return f"<Transport to {self.url}>"

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        key: str | None = None,
        deadline_s: float | None = None,
        sleep: Callable[[float], object] = time.sleep,
        fresh: bool = False,
    ) -> Any:
        """Make a request until it is answered.

        Parameters
        ----------
        method, path, body, params
            What is asked; the path begins with a slash, and its parts are percent-encoded.
        key
            Idempotency key, for requests that must not be carried out twice.
        deadline_s
            Time for all tries [s]; None: that of the transport. 0 makes one try.
        sleep
            How to wait.
        fresh
            Use a connection of its own, as signal handlers must: they may have interrupted a request.

        Returns
        -------
        object
            The answer, from JSON; None if it is empty.

        Raises
        ------
        UnreachableError
            If no answer came in time, or one that is no JSON.
        RefusedError
            If the service refused.
        ExtraMissingError
            If httpx is not installed.
        """
        deadline_s = self.deadline_s if deadline_s is None else deadline_s
        backoff, tries, asked = Backoff(deadline_s, first_s=self.first_wait_s), 0, f"{method} {self.url}{path}"
        content = None if body is None else json.dumps(body, allow_nan=False, default=_plain).encode()
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        if content is not None:
            headers["Content-Type"] = "application/json"
        while True:
            left_s = backoff.left_s if tries else max(backoff.left_s, 0.5)
            status, answer, why, asked_for_s = self._try(
                method, path, content, dict(params or {}), headers, min(self._timeout_s, left_s), left_s, fresh=fresh
            )
            tries += 1
            if status and status not in NOT_NOW:
                return _read(asked, status, answer)
            wait_s = backoff.wait_s(asked_for_s)
            if wait_s is None:
                raise UnreachableError(_no_answer(asked, deadline_s, tries, why, asked_for_s))
            level = logging.WARNING if tries == 1 else logging.DEBUG
            _LOG.log(level, "%s: %s; trying for another %.0f s", asked, why, backoff.left_s)
            sleep(wait_s)

    def keep(self) -> None:
        """Keep connections open between requests from now on, until `close`."""
        self._keeps = True

    def close(self) -> None:
        """Close connections that are kept; each request after this has one of its own."""
        self._keeps = False
        if self._http is not None and self._pid == os.getpid():
            self._http.close()
        self._http = None

    def _try(
        self,
        method: str,
        path: str,
        content: bytes | None,
        params: dict[str, Any],
        headers: dict[str, str],
        timeout_s: float,
        left_s: float,
        *,
        fresh: bool,
    ) -> tuple[int, bytes, str, float]:
        """Make one try: status (0 if there was no answer), body, what went wrong, wait that the server asks for [s]."""
        httpx = _httpx()
        fresh = fresh or not self._keeps
        http = self._new() if fresh else self._kept()
        end_s = time.monotonic() + left_s
        try:
            with http.stream(
                method, self.url + path, content=content, params=params or None, headers=headers, timeout=timeout_s
            ) as response:
                chunks, size = [], 0
                for chunk in response.iter_bytes():
                    chunks.append(chunk)
                    size += len(chunk)
                    if time.monotonic() > end_s or size > MAX_ANSWER_BYTES:
                        return 0, b"", f"the answer did not end within {left_s:.0f} s and {MAX_ANSWER_BYTES} bytes", 0.0
                asked_for_s = retry_after_s(response.headers.get("Retry-After"))
                return response.status_code, b"".join(chunks), f"status {response.status_code}", asked_for_s
        except httpx.RequestError as error:
            return 0, b"", f"{type(error).__name__}: {error}".rstrip(": "), 0.0
        finally:
            if fresh:
                http.close()

    def _kept(self) -> httpx.Client:
        if self._http is None or self._pid != os.getpid():  # a forked process must not write into its parent's sockets
            self._http, self._pid = self._new(), os.getpid()
        return self._http

    def _new(self) -> httpx.Client:
        made: httpx.Client = _httpx().Client(transport=None if self._make is None else self._make())
        return made


def _httpx() -> Any:
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise ExtraMissingError(
            "the client needs httpx, which is not installed; pip install 'trace-simulator[service]'"
        ) from error
    return httpx


def _checked_url(url: str) -> str:
    if not isinstance(url, str):
        raise SettingsError(f"{url!r} is no address of a service; write it as http://host:8000")
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"{url!r} is no address of a service; write it as http://host:8000")
    return url.strip().rstrip("/")


def _authorization(token: str | None) -> dict[str, str]:
    token = (token or "").strip()
    if not token:
        return {}
    if not (token.isascii() and token.isprintable()):
        raise SettingsError("the token holds letters that a header cannot carry; was another file read?")
    return {"Authorization": f"Bearer {token}"}


def _plain(value: Any) -> Any:
    """Take numbers out of numpy's and PyTorch's scalars, and lists out of arrays."""
    for name in ("tolist", "item"):
        if hasattr(value, name):
            return getattr(value, name)()
    if isinstance(value, set | frozenset | range):
        return list(value)
    raise TypeError(f"{value!r} of type {type(value).__name__} cannot be sent as JSON")


def _read(asked: str, status: int, answer: bytes) -> Any:
    if not 200 <= status < 300:
        raise refusal(asked, status, answer)
    try:
        return json.loads(answer) if answer.strip() else None
    except (ValueError, RecursionError):
        quoted = answer[:100].decode(errors="replace")
        raise UnreachableError(
            f"{asked} was answered by something that is not JSON: {quoted!r}; is this the address of `simulator serve`?"
        ) from None


def _no_answer(asked: str, deadline_s: float, tries: int, why: str, asked_for_s: float) -> str:
    later = f", which asks to wait {asked_for_s:.0f} s" if asked_for_s else ""
    return (
        f"{asked} was not answered in {deadline_s:.0f} s and {tries} tries (the last: {why}{later}); "
        "is `simulator serve` running there, and the address right (SIMULATOR_SERVICE_URL)?"
    )
