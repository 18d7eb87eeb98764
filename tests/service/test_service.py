"""What the service offers as a whole: its public names, and how little of it is loaded before it is used."""

from __future__ import annotations

import subprocess
import sys

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
