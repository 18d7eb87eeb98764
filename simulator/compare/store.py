"""A comparison in a folder: tables as Parquet, everything small as JSON, and never the files of two mixed up."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.errors import ReplayError
from simulator.policy.state import to_plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = ["read", "write"]

_FORMAT = "trace-simulator comparison 1"
_DOCUMENT = "comparison.json"


def write(
    folder: str | PathLike[str], tables: Mapping[str, pd.DataFrame], *, manifest: Mapping[str, Any], shown: set[str]
) -> Path:
    """Write tables and manifest into a folder; each file whole, the one that names the others last.

    Parameters
    ----------
    folder
        Where to; it is made.
    tables
        Tables by name; ``NAME.parquet`` each.
    manifest
        Plain data; infinity stands there as text.
    shown
        Names of the tables that also stand in ``comparison.json``, as lists of rows; NaN and infinity are null there.

    Returns
    -------
    pathlib.Path
        The folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".comparison.", dir=folder) as temporary:
        new = Path(temporary)
        for name, table in tables.items():
            plain = table.copy(deep=False)
            plain.attrs = {}
            plain.to_parquet(new / f"{name}.parquet", index=False, compression="zstd")
        document = {
            "format": _FORMAT,
            "files": {f"{name}.parquet": _digest(new / f"{name}.parquet") for name in tables},
            "manifest": to_plain(manifest),
            **{name: json.loads(tables[name].to_json(orient="records", double_precision=15)) for name in sorted(shown)},
        }
        (new / _DOCUMENT).write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        for file in [*(new / name for name in document["files"]), new / _DOCUMENT]:
            file.replace(folder / file.name)
    return folder


def read(folder: str | PathLike[str]) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Read the tables and the manifest back.

    Raises
    ------
    ReplayError
        If the folder holds no comparison, or files that do not belong together.
    """
    folder = Path(folder)
    try:
        document = json.loads((folder / _DOCUMENT).read_text(encoding="utf-8"))
        if document["format"] != _FORMAT:
            raise ReplayError(f"{folder / _DOCUMENT} is of format {document['format']!r}, and not {_FORMAT!r}")
        files, manifest = document["files"], document["manifest"]
        wrong = [name for name, digest in files.items() if _digest(folder / Path(name).name) != digest]
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, ReplayError):
            raise
        raise ReplayError(
            f"{folder} holds no whole comparison ({error}); name a folder that Comparison.save wrote"
        ) from error
    if wrong:
        raise ReplayError(
            f"{', '.join(wrong)} in {folder} {'is' if len(wrong) == 1 else 'are'} not what was saved with this "
            "comparison; save it again"
        )
    return {Path(name).stem: pd.read_parquet(folder / Path(name).name) for name in files}, manifest


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
