"""Pages of the command line: one for each command of ``simulator``, from what the command itself says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from pages import titled, write_page
from sphinx_click.ext import NESTED_FULL, ClickDirective

from simulator.cli import main

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


class Command(ClickDirective):
    """``.. command:: replay``: usage, options and examples of a command, and of all below it."""

    def run(self) -> list[nodes.Node]:
        """Describe the command, or the program itself by the name ``simulator``."""
        self.env = self.state.document.settings.env
        (name,) = self.arguments
        if name == "simulator":
            (section,) = self._generate_nodes(name, main, None, None, commands=[])
        else:
            program = click.Context(
                main, info_name="simulator", **main.context_settings
            )  # says that defaults are shown
            (section,) = self._generate_nodes(name, main.commands[name], program, NESTED_FULL)
        del section[0]  # the page has its title already
        return section.children

    def _generate_nodes(
        self, name: str, command: click.Command, parent: click.Context | None, nested: Any, *rest: Any, **more: Any
    ) -> list[nodes.section]:
        """Show a group that may go without a command's name as the command that is then meant, the others below."""
        meant = getattr(command, "default", None)
        if meant is None:
            return super()._generate_nodes(name, command, parent, nested, *rest, **more)
        sections = super()._generate_nodes(name, meant, parent, nested)
        context = click.Context(command, info_name=name, parent=parent)
        for below in sorted(command.commands.values(), key=lambda command: str(command.name)):
            if below is not meant:
                sections[0].extend(self._generate_nodes(str(below.name), below, context, nested))
        return sections


def show_examples(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """Set the examples of a command as a block of code, each below its explanation."""
    rows = [line.removeprefix("| ").rstrip() for line in lines]
    if not any(row.strip().startswith("simulator ") for row in rows):
        return
    lines[:] = ["", ".. rubric:: Examples", "", ".. code-block:: sh", ""]
    for row in rows:
        command, _, said = (re.sub(r"\s{2,}", "\n", row.strip(), count=1) + "\n").partition("\n")
        if command and command != "Examples:":
            lines += [f"   # {said.strip()}"] * bool(said.strip()) + [f"   {command}"]
    lines.append("")


def show_defaults(_app: Sphinx, _context: click.Context, lines: list[str]) -> None:
    """Show defaults as they are typed, and none for flags, which are off unless they are given."""
    text = re.sub(r"^ *:default: ``(?:Sentinel\.UNSET|False|None)``$", "", "\n".join(lines), flags=re.MULTILINE)
    lines[:] = re.sub(r"``(?:\w*Path\()?'([^'`]*)'\)?``", r"``\1``", text).splitlines()


def write_pages(app: Sphinx) -> None:
    """Write a page for each command, before pages are looked for."""
    folder = Path(app.srcdir) / "reference" / "commands"
    for name in main.commands:
        write_page(folder, f"{name}.rst", titled(f"simulator {name}", f".. command:: {name}\n"))
    write_page(folder, "simulator.rst", titled("simulator", ".. command:: simulator\n"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx."""
    app.add_directive("command", Command)
    app.connect("sphinx-click-process-epilog", show_examples)
    app.connect("sphinx-click-process-options", show_defaults)
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
