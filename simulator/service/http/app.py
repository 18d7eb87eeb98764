"""The application: everything under one roof."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from simulator.errors import SettingsError
from simulator.service.database.database import Database
from simulator.service.deciding.dispatcher import Dispatcher
from simulator.service.http import operations
from simulator.service.http.errors import handle_errors
from simulator.service.http.gate import Gate
from simulator.service.http.legacy import routes as legacy
from simulator.service.http.metrics import Metrics
from simulator.service.http.schema import describe
from simulator.service.http.sweep import sweep
from simulator.service.http.v1 import jobs, trials
from simulator.service.layer.fetched import utc_now
from simulator.service.page import routes as page
from simulator.service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

__all__ = ["SETTINGS", "create_app", "from_environment"]

#: Environment variable that has the settings for `from_environment`.
SETTINGS = "SIMULATOR_SERVICE_SETTINGS"

_ABOUT = (
    "Chooses batch sizes and power limits for training jobs that come again and again. The paths without a version are "
    "those of the published server, for its client."
)


def create_app(
    settings: Settings, *, dispatcher: Dispatcher | None = None, clock: Callable[[], datetime] = utc_now
) -> FastAPI:
    """Make the application that serves a database.

    Parameters
    ----------
    settings
        Settings of the server.
    dispatcher
        Who carries out what is asked for; None: one that works on the database of the settings.
    clock
        What time it is, in UTC; for the dispatcher that is made here.

    Returns
    -------
    fastapi.FastAPI
        To be served by any ASGI server with lifespan events.
    """
    database = Database(settings.database_url) if dispatcher is None else None
    if database is not None:
        dispatcher = Dispatcher(database, settings, clock=clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(sweep(app.state.dispatcher, settings.lease_s))
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping
            if database is not None:
                await database.close()

    app = FastAPI(
        title="Optimizer service",
        description=_ABOUT,
        version=version("trace-simulator"),
        lifespan=lifespan,
        docs_url=None,  # these pages load scripts of other sites
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,  # the published client sends its bodies without a content type
    )
    app.state.dispatcher = dispatcher
    app.state.metrics = Metrics()
    app.add_middleware(Gate, settings=settings, metrics=app.state.metrics)
    handle_errors(app)
    routers = (legacy.router, trials.router, jobs.router, operations.router, page.router)  # the busiest come first
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes]
    _describe_once(app, settings)
    return app


def from_environment() -> FastAPI:
    """Make the application with the settings in ``SIMULATOR_SERVICE_SETTINGS``, as ``uvicorn --factory`` needs it.

    Raises
    ------
    SettingsError
        If there are none.
    """
    text = os.environ.get(SETTINGS)
    if not text:
        raise SettingsError(
            f'{SETTINGS} is not set; it holds settings as JSON, such as {{"database_url": "sqlite:///jobs.db"}}'
        )
    return create_app(Settings.from_json(text))


def _describe_once(app: FastAPI, settings: Settings) -> None:
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not document:
            document.update(describe(app, asks_for_token=bool(settings.tokens)))
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to change the document
