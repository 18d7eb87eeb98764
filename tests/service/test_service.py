"""What the service offers as a whole: its public names, and how little of it is loaded before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import simulator.service
import simulator.service.client

#: What training scripts need not have, or not have loaded, to be clients.
HEAVY = ("pydantic", "sqlalchemy", "fastapi", "numpy", "pandas", "scipy", "httpx", "pynvml", "click", "rich", "torch")


@pytest.mark.parametrize("room", [simulator.service, simulator.service.client])
def test_every_public_name_is_there(room):
    """They are sorted, each can be had, and says what it is."""
    assert list(room.__all__) == sorted(room.__all__)
    for name in room.__all__:
        assert getattr(room, name).__doc__, name
    assert set(room.__all__) <= set(dir(room))


@pytest.mark.parametrize("module", ["simulator.service", "simulator.service.client", "simulator.service.client.client"])
def test_imports_are_light(module):
    """A training script loads nothing that only servers need, and httpx when it asks for something."""
    code = f"import {module}, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


#: What each room of the service may import of the others.
ROOMS = {
    "client": set(),
    "model": set(),
    "settings": set(),
    "page": set(),
    "database": {"model"},
    "layer": {"database", "model"},
    "deciding": {"layer", "database", "model", "settings"},
    "http": {"deciding", "layer", "database", "model", "settings", "page"},
    "trip": {"deciding", "database", "model", "settings", "client"},
}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_know_only_those_below_them(room):
    """The client none, so that it can be read, and run, alone."""
    home = Path(simulator.service.__file__).parent
    files = [*home.glob(f"{room}/**/*.py"), *home.glob(f"{room}.py")]
    assert files
    modules = [
        node.module.split(".")
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simulator.service.")
    ]
    assert {words[2] for words in modules} <= ROOMS[room] | {room}
