"""What a replay leaves in its folder; every file appears whole, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from simulator.compare.results import manifests
from simulator.trace.files import whole_file, write_table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["write_outputs"]


def write_outputs(result: pd.DataFrame, summary: pd.DataFrame, directory: Path) -> list[Path]:
    """Write every run, the summary, and how it was all made.

    Parameters
    ----------
    result
        Result table; ``pandas.read_parquet`` gives it back with its manifest in ``attrs``.
    summary
        Its summary.
    directory
        Where to.

    Returns
    -------
    list of pathlib.Path
        results.parquet, summary.csv, manifest.json.
    """
    files = [directory / name for name in ("results.parquet", "summary.csv", "manifest.json")]
    with whole_file(files[0]) as temporary:
        result.to_parquet(temporary, index=False, compression="zstd")
    write_table(summary, files[1])
    made: dict[str, Any] = {"replays": manifests(result), "failures": result.attrs.get("failures", [])}
    with whole_file(files[2]) as temporary:
        temporary.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return files
