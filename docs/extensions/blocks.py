"""Blocks of code without the blank line that ends an example for doctest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def strip_ends(_app: Sphinx, document: nodes.document) -> None:
    """Cut blank lines off the end of each block."""
    for block in document.findall(nodes.literal_block):
        if block.rawsource == block.astext():  # what is highlighted, or marked up by hand, is left as it is
            block.rawsource = block.rawsource.rstrip()
            block.children = [nodes.Text(block.rawsource)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.connect("doctree-read", strip_ends)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
