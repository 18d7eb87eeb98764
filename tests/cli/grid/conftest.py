"""A folder in which a sweep has run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_sweeps import TRAIN

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def plan(tmp_path) -> Callable[..., Any]:
    """Write a plan into the folder in which commands run; its name."""

    def write(text: str = TRAIN, name: str = "plan.py") -> str:
        (tmp_path / name).write_text(text)
        return name

    return write


@pytest.fixture
def ran(run, plan) -> Callable[..., Any]:
    """Run a plan in this process; what came of it."""
    return lambda text=TRAIN, *words, name="plan.py": run("grid", "run", plan(text, name), "--on", "inline", *words)
