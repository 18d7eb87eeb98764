"""The example's plan, fitted to a recording: which Python, which width, and for a trial, less of it."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import simulator.collect.examples as examples
from recording.busy import WIDTH

__all__ = ["plan_text"]


def plan_text(*, real, quick):
    """Write the plan as TOML.

    Parameters
    ----------
    real
        Whether the GPU is a real one, so that the job must be large enough to load it.
    quick
        Whether two batch sizes, one seed and short windows will do.

    Returns
    -------
    str
        The file's text.
    """
    plan = tomllib.loads((Path(examples.__file__).parent / "digits.toml").read_text())
    command = plan["job"]["command"]
    if command[0] == "python":
        command[0] = sys.executable
    if real:
        command += ["--width", str(WIDTH), "--framework", "torch"]
    if quick:
        plan["grid"] |= {"batch_sizes": [64, 512], "seeds": [1]}
        plan["measure"] |= {"min_window_s": 2, "baseline_s": 1, "cooldown_s": 0.5}
    tables = {name: table for name, table in plan.items() if isinstance(table, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in plan.items() if key not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"
