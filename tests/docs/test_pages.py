"""Pages in a browser: they fit on a phone, nothing is asked for elsewhere, and nobody is kept from reading."""

from __future__ import annotations

import pytest

PAGES = ["index", "tutorial/1-replay", "howto/policy", "reference/commands/price", "migration"]
#: The browser has no server to talk to, and pages are files; machines are slow at times [ms].
PATIENCE_MS = 60_000


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_read_well(site, browser, width):
    """No scrolling sideways, no message on the console, no request to the network, no fault that axe calls serious."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe").Axe()
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    faults: list[object] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None)
    for name in PAGES:
        page.goto((site.folder / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if width == 360:  # what axe finds is much the same at any width
            found = axe.run(page, options={"preload": False}).response["violations"]  # it would ask for files anew
            faults += [(name, fault["id"]) for fault in found if fault["impact"] in ("serious", "critical")]
    context.close()
    assert not faults
