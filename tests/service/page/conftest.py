"""A browser, and pages in it that note everything that should not happen."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from served_fleet import ServedFleet, make_seasoned_job, run_trials, served, spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

#: Patience with a busy machine [ms].
PATIENCE_MS = 60_000

HOSTILE = "<img src=x onerror=document.title='broken'>/../a b?c#d%2F&amp;\"'"


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page of a fleet; afterwards, nothing may have been complained of or asked for elsewhere."""
    contexts = []
    faults: list[str] = []

    def opened(fleet: ServedFleet, address: str = "", *, excused: tuple[str, ...] = (), **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: request.url.startswith(fleet.url + "/") or faults.append(request.url))

        def heard(message: Any) -> None:
            if message.type in ("error", "warning") and not any(words in message.text for words in excused):
                faults.append(f"console: {message.text}")

        page.on("console", heard)
        page.goto(f"{fleet.url}/{address}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def fleet(migrated_file, tmp_path_factory) -> Iterator[ServedFleet]:
    """A server with synthetic jobs: seasoned, sampled, fresh, with power limits, and one with a hostile id."""

    async def make(dispatcher: Any) -> bool:
        await make_seasoned_job(dispatcher, "seasoned")
        await make_seasoned_job(dispatcher, HOSTILE, network="<b>bold</b>")
        await dispatcher.register(spec("fresh"))
        await dispatcher.register(spec("constant", batch_sizes=(16,), default_batch_size=16))
        await run_trials(dispatcher, "constant", 1)
        await dispatcher.register(spec("powered", power_policy="jit", power_limits_w=(100, 200, 300)))
        return True

    path = tmp_path_factory.mktemp("page") / "jobs.db"
    with served(f"sqlite:///{shutil.copy(migrated_file, path)}") as fleet:
        fleet.do(make)
        yield fleet


@pytest.fixture
def own_fleet(sqlite_url: str) -> Iterator[ServedFleet]:
    """A server without jobs, of which a test may do as it likes."""
    with served(sqlite_url) as fleet:
        yield fleet
