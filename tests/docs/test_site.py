"""The documentation as it is built: without warnings, whole, and with links that lead somewhere."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urlsplit

#: Pages that Sphinx makes by itself, which nobody writes links to.
_OF_SPHINX = {"genindex.html", "search.html", "py-modindex.html"}


def _target(page: str, link: str) -> tuple[str, str]:
    """Path within the site, and anchor, of a link on a page."""
    parts = urlsplit(link)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path))) if parts.path else page
    return path, unquote(parts.fragment)


def test_it_is_built_without_a_warning(site):
    """A link without a target, a broken docstring, a page that no list names: each would be one."""
    assert site.returncode == 0, site.messages
    assert not site.messages.strip()
    assert len(site.pages) > 50


def test_links_lead_somewhere(site):
    """Links within the site end at a file, and at an anchor if they name one; others have the form of an address."""
    broken = []
    for page, content in site.pages.items():
        for link in content.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                well_formed = parts.scheme in ("https", "http") and "." in parts.netloc and " " not in link
                well_formed = well_formed or parts.scheme in ("mailto", "data")
                broken += [(page, link)] * (not well_formed)
                continue
            path, anchor = _target(page, link)
            there = (site.folder / path).is_file()
            known = not anchor or path not in site.pages or anchor in site.pages[path].anchors
            broken += [(page, link)] * (not (there and known))
    assert not broken


def test_every_page_can_be_reached_from_the_index_by_its_text(site):
    """Whoever reads on finds everything, without the list of pages at the side."""
    reached, left = set(), ["index.html"]
    while left:
        page = left.pop()
        if page in reached or page not in site.pages:
            continue
        reached.add(page)
        left += [_target(page, link)[0] for link in site.pages[page].text_links if not urlsplit(link).netloc]
    assert set(site.pages) - reached <= _OF_SPHINX


def test_every_picture_has_words(site):
    """Pages say in words what a picture shows; the pictures of notebooks are described by the text around them."""
    for name, page in site.pages.items():
        if not name.startswith("gallery/"):
            assert not page.pictures_without_words, name


def test_no_page_shows_how_python_sees_a_thing(site):
    """Defaults are shown as they are typed, not as objects; notebooks show what they show."""
    for name, page in site.pages.items():
        if not name.startswith("gallery/"):
            for inner in ("Sentinel.", "PosixPath(", " object at 0x", "<class '", "<function "):
                assert inner not in page.words, (name, inner)
