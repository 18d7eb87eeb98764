"""What `simulator.explore` offers, and what importing it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import simulator


def test_exports_are_on_purpose():
    """`__all__` is sorted, its names exist and are described; type checkers are told the same homes as the program."""
    explore = simulator.explore
    assert explore.__all__ == sorted(explore.__all__) == sorted(explore._HOMES)
    assert all(getattr(explore, name).__doc__ for name in explore.__all__)
    nodes = ast.walk(ast.parse(Path(explore.__file__).read_text()))
    told = {(name.name, node.module) for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
    assert explore._HOMES.items() <= told


def test_declaring_a_plan_is_light():
    """Configurations and axes need no tables, plots, compiler or scheduler; these come when cells run."""
    code = (
        "import sys\n"
        "from simulator.explore import Config, Explorer, Launcher, Task, experiment, param, product, run_grid, tag\n"
        "class Train(Task):\n"
        "    eta: float = param(0.5)\n"
        "Launcher().bind(Train)(product(eta=[0.1, 0.2]))\n"
        "heavy = 'numba matplotlib numpy pandas scipy pyarrow rich submitit distributed'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
