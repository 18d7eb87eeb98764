"""A lean client for HTTP/1.1 that keeps its connection: the one who measures must not be what is measured."""

from __future__ import annotations

import asyncio
import json

__all__ = ["Wire"]

#: An answer that takes longer than this counts as an error [s].
PATIENCE_S = 30.0


class Wire:
    """A connection to a server of the loopback, opened again where it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        """Send a request; returns the answer's status and body, status 0 if none came."""
        text = b"" if body is None else json.dumps(body).encode()
        kind = "Content-Type: application/json\r\n" if text else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{kind}Content-Length: {len(text)}\r\n\r\n"
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._exchange(head.encode() + text)
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError):
            self.close()
            return 0, None

    async def _exchange(self, request: bytes) -> tuple[int, object]:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        begin = head.index(b"content-length:") + 15
        body = await self._reader.readexactly(int(head[begin : head.index(b"\r\n", begin)]))
        if b"connection: close" in head:
            self.close()
        return int(head[9:12]), json.loads(body) if body else None

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
