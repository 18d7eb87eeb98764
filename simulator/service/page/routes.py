"""Serves the page's files, with headers that keep anything but these files from running in it."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

__all__ = ["HEADERS", "router"]

#: What a browser is told of every file. Ids and descriptions of jobs are written by whoever registers them, so nothing
#: of them may become markup: scripts and styles come from files alone, and turning text into markup is an error
#: (Trusted Types). Sources: W3C, Content Security Policy Level 3; W3C, Trusted Types.
HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache",  # kept, and asked for again: after an update nobody sees half of the old page
}

#: Media types of the files that there are; nothing else is served.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class PageFile(NamedTuple):
    """A file of the page, ready to be sent."""

    content: bytes
    media_type: str
    etag: str


@cache
def page_files() -> dict[str, PageFile]:
    """Read the page's files, by name; they are small, and stay in memory."""
    files = {}
    for path in resources.files(__package__).joinpath("files").iterdir():
        media_type = MEDIA_TYPES.get("." + path.name.rpartition(".")[2])
        if media_type is not None:
            content = path.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            files[path.name] = PageFile(content, media_type, etag)
    return files


def sent(name: str, request: Request) -> Response:
    """Answer with the file of this name, or with "not modified" if the browser has it; 404 if there is none."""
    file = page_files().get(name)
    if file is None:
        return Response("There is no such file.\n", 404, HEADERS, "text/plain; charset=utf-8")
    headers = HEADERS | {"ETag": file.etag}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if file.etag in known:
        return Response(status_code=304, headers=headers)
    return Response(file.content, 200, headers, file.media_type)


router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def index(request: Request) -> Response:
    """Send the page."""
    return sent("index.html", request)


@router.api_route("/page/{name}", methods=["GET", "HEAD"])
async def part(name: str, request: Request) -> Response:
    """Send a file that the page is made of."""
    return sent(name, request)
