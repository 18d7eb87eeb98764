"""One process that serves."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from simulator.errors import ServiceError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from types import FrameType

    from simulator.service.settings import Settings

__all__ = ["COUNTS", "ENDED_BY", "serve", "work"]

#: Where `prometheus_client` has the processes of one server count; it reads this when it is first imported.
COUNTS = "PROMETHEUS_MULTIPROC_DIR"

#: Signals that end a server.
ENDED_BY = (signal.SIGINT, signal.SIGTERM)

#: How long requests that are being served may take once the server is to end [s].
GRACE_S = 10

#: How long a connection may be idle [s]: longer than the pauses between the epochs' requests of most jobs.
IDLE_S = 75


def serve(settings: Settings, opened: socket.socket, *, on_ready: Callable[[], None] | None = None) -> int:
    """Serve in this process, until a signal ends it.

    Requests that are being served are answered first.

    Parameters
    ----------
    settings
        Settings of the server.
    opened
        The socket to take connections from.
    on_ready
        Called once the application has started and takes connections.

    Returns
    -------
    int
        Number of the signal.

    Raises
    ------
    ServiceError
        If the application does not start.
    """
    import uvicorn

    from simulator.service.http.app import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and on_ready is not None:
                on_ready()

    config = uvicorn.Config(
        create_app(settings),
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = Server(config)
    gc.collect()
    gc.freeze()  # modules and models live as long as the process: looking through them again would halt all requests
    with _noted() as signals:  # uvicorn raises those that it got once more when it is done
        server.run(sockets=[opened])
    if not signals:
        raise ServiceError("the server did not start; what is in its way is said above")
    return signals[0]


def work(
    settings: Settings, opened: socket.socket, lifeline: Connection, ready: Connection, counts: str, level: int
) -> None:
    """Serve as one of several processes, until a signal ends this one, or the one that started it is gone.

    Parameters
    ----------
    settings, opened
        As for `serve`.
    lifeline
        Its other end is held by the process that started this one; nothing is ever sent.
    ready
        Gets a byte once this process serves; closed without one if it ends before.
    counts
        Folder to count requests in.
    level
        What to log.
    """
    os.environ[COUNTS] = counts
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.getLogger("simulator").setLevel(level)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()

    def say() -> None:
        with suppress(OSError), ready:  # nobody may listen any more: then the lifeline ends this process
            ready.send_bytes(b"\1")

    serve(settings, opened, on_ready=say)


def _end_with(lifeline: Connection) -> None:
    lifeline.poll(None)  # nothing is sent: this returns once the other end is closed
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _noted() -> Iterator[list[int]]:
    """Note signals that would end the process, instead of ending it."""
    signals: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        signals.append(number)

    before = {number: signal.signal(number, note) for number in ENDED_BY}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
