"""What lies beside a grid's results, so that what ran can be run again: its plan, and how it was run."""

from __future__ import annotations

import json
import platform
import sys
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from simulator.errors import LedgerError
from simulator.explore.plan.neighbours import BESIDE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from simulator.explore.driver.snapshot import Snapshot

__all__ = ["write_manifest", "write_plan"]

#: Whose versions are told.
_PACKAGES = ("trace-simulator", "numpy", "pandas", "pyarrow", "numba", "scipy", "submitit", "distributed")

#: The latest runs that are told of.
_MOST_RUNS = 100


def write_plan(where: Path, copies: Mapping[str, str]) -> str:
    """Keep a plan's text, and what it imports from beside it, and return the SHA-256 of the plan's text.

    Parameters
    ----------
    where
        Folder of the grid.
    copies
        Texts by relative paths, as `Plan.copies` gives them. What an earlier plan imported is removed.
    """
    for name, text in copies.items():
        _write(where / name, text)
    for earlier in (where / BESIDE).rglob("*.py"):
        if earlier.relative_to(where).as_posix() not in copies:
            earlier.unlink(missing_ok=True)
    return sha256(copies["plan.py"].encode()).hexdigest()


def write_manifest(where: Path, snapshot: Snapshot, *, began: datetime, plan_sha256: str | None) -> None:
    """Say how a grid was run, beside how it was run before; a run that had nothing to do is not worth a word.

    Parameters
    ----------
    where
        Folder of the grid.
    snapshot
        How the run ended.
    began
        When it began.
    plan_sha256
        Digest of the plan's text; None if it was no file.
    """
    run = {
        "plan_sha256": plan_sha256,
        "command": [sys.executable, *sys.orig_argv[1:]],
        "executor": snapshot.executor,
        "started": began.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "elapsed_s": snapshot.elapsed_s,
        "ran": snapshot.ran,
        "cpu_s": snapshot.cpu_s,
        "energy_j": snapshot.energy_j,
        "gpu_energy_j": snapshot.gpu_energy_j,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: _version(name) for name in _PACKAGES},
    }
    earlier = _runs(where / "manifest.json")
    manifest = {
        "grid": snapshot.grid,
        "plan_sha256": plan_sha256,
        "cells": {word: getattr(snapshot.counts, word) for word in snapshot.counts.__dataclass_fields__},
        "runs": [*earlier, run][-_MOST_RUNS:] if snapshot.ran or not earlier else earlier,
    }
    _write(where / "manifest.json", json.dumps(manifest, indent=2) + "\n")


def _runs(path: Path) -> list[Any]:
    """Read how the grid was run before; none if nobody said so in a way that we know."""
    try:
        runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return runs if isinstance(runs, list) else []


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")  # one driver writes here: what a dead one left is replaced
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LedgerError(f"{path} cannot be written: {error.strerror or error}") from error
