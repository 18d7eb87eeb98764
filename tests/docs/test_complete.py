"""Nothing that users can type is missing from the pages: commands, options, names, columns, variables, errors."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import click
import pytest

import simulator
from simulator import errors
from simulator.cli import main
from simulator.replay.frames import COLUMNS, REPLAY_COLUMNS
from simulator.trace import schema

PACKAGE = Path(simulator.__file__).parent


def _tree(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    """A command and all below it, as they are typed; a group that may go without a name is its default as well."""
    if command.hidden:
        return []
    found = [(name, getattr(command, "default", command))]
    if isinstance(command, click.Group):
        below = {n: c for n, c in command.commands.items() if c is not found[0][1]}
        found += [pair for n, c in below.items() for pair in _tree(c, f"{name} {n}")]
    return found


COMMANDS = _tree(main, "simulator")


def test_there_is_a_tree_to_compare_with():
    """Groups within groups are walked into."""
    names = [name for name, _ in COMMANDS]
    assert {"simulator replay", "simulator collect plot", "simulator trace import pollux"} <= set(names)


def test_every_command_and_option_is_on_a_page(site):
    """Each option that is not hidden can be linked to, by each way of writing it; each command has a heading."""
    options = site.inventory["std:cmdoption"]
    anchors = {anchor for page in site.pages.values() for anchor in page.anchors}
    for name, command in COMMANDS:
        key = name.replace(" ", "-")
        page = f"reference/commands/{([*name.split(), 'simulator'])[1 if ' ' in name else 0]}.html"
        assert key in anchors or page in site.pages, name
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                for written in (*parameter.opts, *parameter.secondary_opts):
                    assert f"{key}.{written}" in options, (name, written)


def test_every_public_name_is_on_a_page(site):
    """What a room of the package exports can be linked to; so can everything else that a room on a page exports."""
    known = {name for kind, names in site.inventory.items() if kind.startswith("py:") for name in names}
    rooms = [e.name for e in pkgutil.iter_modules(simulator.__path__, "simulator.") if e.ispkg]
    rooms = {room for room in rooms if room != "simulator.cli"} | {"simulator", *site.inventory["py:module"]}
    checked = 0
    for room in sorted(rooms):
        for name in getattr(importlib.import_module(room), "__all__", ()):
            assert f"{room}.{name}" in known, f"{room}.{name}"
            checked += 1
    assert checked > 200


@pytest.mark.parametrize("table", [schema.TRAIN, schema.POWER, schema.METRICS, schema.GROUPS], ids=lambda t: t.name)
def test_every_column_of_a_trace_is_explained(site, table):
    """Page and reading follow from the same schema."""
    words = site.pages["reference/traces.html"].words
    for column in table.columns:
        assert column.name in words
        assert column.description.replace("`", "") in words


def test_every_column_of_a_result_is_explained(site):
    """Of runs and of replays."""
    words = site.pages["reference/results.html"].words
    assert {name for name in {**COLUMNS, **REPLAY_COLUMNS} if name not in words} == set()


def test_every_error_is_explained(site):
    """By name, on the page of errors."""
    words = site.pages["reference/errors.html"].words
    assert {name for name in errors.__all__ if name not in words} == set()


def test_every_environment_variable_is_explained():
    """Each that the package reads, or sets for others, and no more."""
    page = (PACKAGE.parent / "docs" / "reference" / "environment.md").read_text()
    files = [path for path in PACKAGE.rglob("*.py") if "examples" not in path.parts]
    code = "\n".join(path.read_text() for path in files)
    read = set(re.findall(r"\bSIMULATOR_[A-Z_]+[A-Z]\b", code))
    told = set(re.findall(r"`(SIMULATOR_[A-Z_]+)`", page))
    parts = {f"SIMULATOR_{name}" for name in ("BATCH_SIZE", "LEARNING_RATE", "SEED", "EPOCHS")}  # put together at use
    assert read - told == set()
    assert told - read <= parts
