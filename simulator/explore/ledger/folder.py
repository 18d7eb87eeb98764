"""What lies where in a sweep's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_folder"]

_README = """\
Results of a sweep of the trace-driven simulator.

ledger.db     which cells there are, and what has become of each (SQLite); written by the driver alone
shards/       the results, in Parquet: column `cell`, then what the cells returned
shards/torn/  damaged shards that were set aside; their cells run again
grids/NAME/   a grid: its plan, and how it was run (manifest.json)
jobs/ID/      files that a cell wrote for itself
logs/         what workers and schedulers said
requests/     what other processes asked of a running driver
driver.lock   which process drives the sweep, while one does

`simulator grid status` and `simulator grid table` read this folder, also while a driver runs.
"""


def make_folder(folder: Path) -> None:
    """Make a sweep's folder and what is to lie in it; what is there stays."""
    for name in ("shards", "grids", "jobs", "logs", "requests"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    readme = folder / "README.txt"
    if not readme.exists():
        readme.write_text(_README, encoding="utf-8")
