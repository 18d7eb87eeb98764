"""Sweeps that take no time, to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_sweeps import TRAIN

from simulator.explore.driver import run_grid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def sweep(tmp_path) -> Callable[..., Path]:
    """Run a plan, given as text, in this process; the sweep's folder."""

    def run(text: str = TRAIN, *, folder: str = "grids", name: str = "plan", **options: Any) -> Path:
        plan = tmp_path / f"{name}.py"
        plan.write_text(text)
        run_grid(plan, folder=tmp_path / folder, on_failure="keep", **{"executor": "inline", **options})
        return tmp_path / folder

    return run
