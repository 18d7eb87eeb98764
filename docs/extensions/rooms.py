"""Pages of the Python interface: one for each public room, with what its ``__all__`` names.

A name that several rooms hand on is described once, where its room is closest to it; the others link to it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.statemachine import StringList
from pages import titled, write_page
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

import simulator

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Rooms within rooms that users import from, beside those that lie directly in the package.
INNER = [
    "simulator.collect.adapters",
    "simulator.collect.events",
    "simulator.cost",
    "simulator.policy.base",
    "simulator.policy.checks",
    "simulator.policy.stream",
    "simulator.service.client",
    "simulator.trace.describe",
    "simulator.trace.importers",
    "simulator.trace.model",
    "simulator.trace.schema",
    "simulator.trace.table",
    "simulator.trace.validate",
]


def rooms() -> list[str]:
    """List the public rooms: packages with an ``__all__``, the command line aside, and the inner ones above."""
    found = ["simulator", *INNER]
    for entry in pkgutil.iter_modules(simulator.__path__, "simulator."):
        if entry.ispkg and entry.name not in ("simulator.cli", "simulator.errors"):
            found += [entry.name] * hasattr(importlib.import_module(entry.name), "__all__")
    return sorted(found)


def home(name: str, thing: Any) -> str:
    """Say in which public room something is described: the nearest to the file that defines it."""
    offers = [r for r in [*rooms(), "simulator.errors"] if getattr(importlib.import_module(r), name, None) is thing]
    offers = [room for room in offers if name in getattr(importlib.import_module(room), "__all__", ())]
    defined = getattr(thing, "__module__", "")
    return max(offers, key=lambda room: (defined.startswith(room), len(room.split(".")), room))


def introduction(room: str) -> list[str]:
    """Read the docstring of a room from its file: a room that can be called shows that of its verb."""
    file = inspect.getsourcefile(importlib.import_module(room))
    text = ast.get_docstring(ast.parse(Path(str(file)).read_text(encoding="utf-8"))) or ""
    return text.splitlines()


def summary(thing: Any, said: str) -> str:
    """Give the first paragraph of what is said about a name, without its full stop."""
    text = said or inspect.getdoc(thing) or ""
    return " ".join(text.partition("\n\n")[0].split()).removesuffix(".")


def comment(room: str, name: str) -> str:
    """Find the comment ``#:`` above a constant, in whichever file defines it."""
    module = importlib.import_module(room)
    if lazily := getattr(module, "_HOMES", {}).get(name):
        return comment(lazily, name)
    tree = ast.parse(Path(str(inspect.getsourcefile(module))).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and name in [alias.name for alias in node.names]:
            return comment(str(node.module), name)
    return "\n".join(ModuleAnalyzer.for_module(room).find_attr_docs().get(("", name), []))


class Room(SphinxDirective):
    """``.. room:: simulator.compare``: what the room is for, a list of its names, and each in full."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the page as reStructuredText, and have it parsed."""
        room = self.arguments[0]
        module = importlib.import_module(room)
        self.env.note_dependency(str(inspect.getsourcefile(module)))
        rows: list[str] = []
        full: list[str] = []
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            where, lines = self._described(room, name, thing)
            said = "" if callable(thing) or isinstance(thing, ModuleType) else comment(room, name)
            rows += [f"   * - :py:obj:`{name} <{where}.{name}>`", f"     - {summary(thing, said)}"]
            full += lines
        table = [".. list-table::", "   :widths: 30 70", "", *rows, ""] if rows else []
        page = [f".. py:module:: {room}", "", *introduction(room), "", *table, *full]
        section = nodes.container()
        nested_parse_with_titles(self.state, StringList(page, source=room), section)
        return section.children

    def _described(self, room: str, name: str, thing: Any) -> tuple[str, list[str]]:
        """Say where a name is described, and the directive that does so if it is here."""
        if isinstance(thing, ModuleType) and thing.__name__ in rooms():
            return thing.__name__.rpartition(".")[0], []
        if isinstance(thing, ModuleType):  # a room without a page of its own, which takes the call of its verb
            return room, [f".. autofunction:: {name}", ""]
        if not callable(thing):
            told = [f"   {line}" for line in comment(room, name).splitlines()]
            listed = [f"   ``{key}``\n      {value}" for key, value in thing.items()] if isinstance(thing, dict) else []
            lines = [f".. py:data:: {name}", "", *told, "", *"\n".join(listed).splitlines(), ""]
            return room, lines
        where = home(name, thing)
        if where != room:  # a second name for the same, which links may use
            domain = self.env.domains.python_domain
            kind = "class" if isinstance(thing, type) else "function"
            domain.note_object(f"{room}.{name}", kind, f"module-{room}", aliased=True, location=self.state_machine.node)
            return where, []
        if isinstance(thing, type):
            inherits = ["   :show-inheritance:"] * (thing.__bases__ != (object,))
            return room, [f".. autoclass:: {name}", "   :members:", *inherits, ""]
        return room, [f".. autofunction:: {name}", ""]


_AS_WRITTEN: dict[str, list[str]] = {}


def keep(_app: Sphinx, kind: str, name: str, _thing: object, _options: object, lines: list[str], *_: object) -> None:
    """Keep what a property's docstring says: napoleon takes what stands before its first colon for a type."""
    if kind in ("property", "attribute") and not any(line.startswith("----") for line in lines):
        _AS_WRITTEN[name] = list(lines)


def restore(
    _app: Sphinx, _kind: str, name: str, _thing: object, _options: object, lines: list[str], *_: object
) -> None:
    """Put it back."""
    lines[:] = _AS_WRITTEN.pop(name, lines)


def write_pages(app: Sphinx) -> None:
    """Write a page for each room, before pages are looked for."""
    for room in rooms():
        write_page(Path(app.srcdir) / "reference" / "python", f"{room}.rst", titled(room, f".. room:: {room}\n"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_directive("room", Room)
    app.connect("autodoc-process-docstring", keep, priority=400)  # napoleon's has 500
    app.connect("autodoc-process-docstring", restore, priority=600)
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
