"""What a page of the built documentation has in it: anchors, links, pictures and words."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Elements that have no end.
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Page:
    """One page."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    #: Those of the text, navigation left out.
    text_links: list[str] = field(default_factory=list)
    pictures_without_words: list[str] = field(default_factory=list)
    words: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.depth = 0
        self.article = 0  # depth at which the text began; 0: not in it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self.depth += 1
        if tag == "article" and not self.article:
            self.article = self.depth
        self.page.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        for name in ("href", "src"):
            if name in given:
                self.page.links.append(given[name])
        if tag == "a" and self.article and "href" in given:
            self.page.text_links.append(given["href"])
        if tag == "img" and not given.get("alt", "").strip():
            self.page.pictures_without_words.append(given.get("src", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self.depth == self.article:
            self.article = 0
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.article:
            self.page.words += data


def read_page(path: Path) -> Page:
    """Read a page of HTML."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page
