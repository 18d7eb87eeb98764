"""An application that is served by a thread of the test's process."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import httpx
import uvicorn

from simulator.service.http.serving.address import listen, url_of


@contextmanager
def serving(app):
    """Serve an application in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="on", ws="none", log_config=None, access_log=False))
    with listen("127.0.0.1", 0) as opened:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            with httpx.Client(base_url=url_of(opened), timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(30)
