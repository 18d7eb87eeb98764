"""What a replay leaves in its folder; every file appears whole, or not at all."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simulator.compare.manifests import manifests
from simulator.trace.files import whole_file, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

__all__ = ["naming", "write_outputs"]


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name a path in errors of the operating system that name none, such as a disk that is full."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error
        raise


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
