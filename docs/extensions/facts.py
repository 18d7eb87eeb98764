"""Tables that are asked of the package: columns of traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx.util.docutils import SphinxDirective

from simulator.trace import schema

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


class TraceColumns(SphinxDirective):
    """``{trace-columns} TRAIN``: the columns of one kind of trace table, from its schema."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Have the schema's own table parsed."""
        table = getattr(schema, self.arguments[0]).markdown()
        return self.parse_text_to_nodes(table)


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_directive("trace-columns", TraceColumns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
