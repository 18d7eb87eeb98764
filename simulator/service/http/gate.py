"""The one layer around the application: who may come in, how much a body may weigh, what is counted and logged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from simulator.service.http.errors import plain, unexpected
from simulator.service.http.ids import undecoded
from simulator.service.http.legacy.routes import PATHS
from simulator.service.http.tokens import Tokens

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from simulator.service.http.metrics import Metrics
    from simulator.service.http.problems import Json
    from simulator.service.settings import Settings

__all__ = ["Gate"]

#: What says nothing of any job, so that probes and browsers get it without a token.
OPEN = frozenset({"/", "/healthz", "/openapi.json"})


class Gate:
    """Lets requests in, and sees their answers out.

    Parameters
    ----------
    app
        The application behind it.
    settings
        Tokens and limits.
    metrics
        Where requests are counted.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._tokens = Tokens(settings.tokens)
        self._metrics = metrics
        self._names = ", ".join(settings.trusted_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; everything else is the application's."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        undecoded(scope)
        since, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            refusal = self._refusal(scope)
            if refusal is None:
                await self._app(scope, _limited(receive, self._settings.max_body_bytes), sending)
            else:
                await refusal(scope, receive, sending)
        except ClientDisconnect:
            return  # it hung up before its request was whole: nothing was done, and nobody reads an answer
        except Exception as error:
            answer = unexpected(scope, error)
            if status:  # a part of an answer is out already; the server ends the connection
                raise
            await answer(scope, receive, sending)
        finally:
            self._metrics.count(scope, status, time.perf_counter() - since)

    def _refusal(self, scope: Scope) -> Json | None:
        headers = dict(scope["headers"])
        if not self._is_meant(headers.get(b"host")):
            said = f"this service is for its own machine alone, as {self._names}; with tokens it has any name"
            return plain(scope, 421, said)
        if self._tokens and not self._is_open(scope["path"]) and not self._tokens.let_in(headers.get(b"authorization")):
            challenge = {"WWW-Authenticate": 'Bearer realm="simulator"'}
            return plain(scope, 401, "this service asks for a token: send Authorization: Bearer TOKEN", challenge)
        if _is_foreign(headers):
            return plain(scope, 403, "pages of other sites may not use this service")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length[:20]) > self._settings.max_body_bytes:
            return plain(scope, 413, _too_large(self._settings.max_body_bytes), {"Connection": "close"})
        return None

    def _is_meant(self, host: bytes | None) -> bool:
        """Tell whether a request calls this server by a name of its own.

        A page may have its site's name lead to this machine (DNS rebinding): for a browser, the service is then a part
        of that site. Only the name gives it away; a browser always sends it.
        """
        if not self._settings.trusted_hosts or host is None:
            return True
        try:
            return urlsplit(f"//{host.decode('latin-1')}").hostname in self._settings.trusted_hosts
        except ValueError:
            return False

    def _is_open(self, path: str) -> bool:
        if path in PATHS:
            return self._settings.opens_legacy_paths
        return path in OPEN or path.startswith("/page/")


def _is_foreign(headers: dict[bytes, bytes]) -> bool:
    """Tell whether a browser sends this for a page of another site: that could even have a trial handed out."""
    if (
        headers.get(b"sec-fetch-site") in {b"cross-site", b"same-site"}
        and headers.get(b"sec-fetch-mode") != b"navigate"
    ):
        return True
    origin = headers.get(b"origin")
    return origin is not None and _host_of(origin) != headers.get(b"host")


def _host_of(origin: bytes) -> bytes | None:
    """Return host and port of an origin, None if it is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _limited(receive: Receive, most: int) -> Receive:
    """Stop reading a body that is longer than it may be; a chunked one does not say how long it is."""
    read = 0

    async def receiving() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise HTTPException(413, _too_large(most), {"Connection": "close"})
        return message

    return receiving


def _too_large(most: int) -> str:
    return f"the body is larger than {most} bytes"
