"""The page's files: all there, nothing else, and nothing from elsewhere may run in them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import simulator.service.page.routes as routes

FILES = Path(routes.__file__).parent / "files"
NAMES = sorted(path.name for path in FILES.iterdir())


class Client:
    """Asks an application that serves nothing but the page."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.app.include_router(routes.router)

    def get(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(asked())


@pytest.fixture
def client() -> Client:
    """An application, and somebody who asks it."""
    return Client()


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_served_under_a_strict_policy(client, name):
    """Scripts and styles come from files alone, markup never from text, and no other site may frame the page."""
    answer = client.get(f"/page/{name}")
    assert answer.status_code == 200
    assert answer.content == (FILES / name).read_bytes()
    policy = answer.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not any("unsafe" in rule or "*" in rule for rule in policy)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_is_at_the_root(client):
    """The address of the server is the address of the page; HEAD is answered like GET."""
    answer = client.get("/")
    assert answer.content == (FILES / "index.html").read_bytes()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/", method="HEAD").headers["etag"] == answer.headers["etag"]


def test_a_file_that_is_known_is_not_sent_again(client):
    """A browser asks each time, and gets the content only if it has changed."""
    tag = client.get("/page/main.js").headers["etag"]
    again = client.get("/page/main.js", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/page/main.js", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("name", ["nothing.js", "..%2Froutes.py", "%2e%2e%2f__init__.py", "routes.py", ""])
def test_nothing_else_is_served(client, name):
    """Only the files of the page have an address."""
    assert client.get(f"/page/{name}").status_code == 404


def test_the_page_is_not_among_the_calls_of_the_interface(client):
    """The description of the interface is about data."""
    assert client.get("/openapi.json").json()["paths"] == {}


def test_every_file_named_by_another_is_there():
    """No script, style or picture is missing, and none is left over."""
    named = {"index.html"}
    for path in FILES.iterdir():
        text = path.read_text()
        named |= set(re.findall(r'(?:from|import) "\./([\w.]+)"', text))
        named |= set(re.findall(r'(?:src|href)="page/([\w.]+)"', text))
    assert named == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_file_turns_text_into_markup_or_asks_another_server(name):
    """What is not written cannot be exploited."""
    text = (FILES / name).read_text().replace("http://www.w3.org/2000/svg", "")
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "https://"):
        assert word not in text
    assert not re.search(r"<script(?! type=\"module\" src=)|<style|\sstyle=|\son\w+=\"", text)
