"""A task to plan with, and plans written to files."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def write(tmp_path) -> Callable[..., Path]:
    """Write a Python file."""

    def written(text: str, name: str = "quick.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return written


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    """Forget what plans have imported."""
    before = dict(sys.modules)
    yield
    for name in set(sys.modules) - set(before):
        if name == "plan" or name.startswith("beside"):
            del sys.modules[name]
