"""Write files that appear whole under their name, or not at all."""

from __future__ import annotations

import errno
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import TraceError
from simulator.trace.files.packing import pack, suffix_of
from simulator.trace.files.parquet import write_parquet

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["whole_file", "write_table"]


def write_table(df: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a table in the format of the file's name; equal tables give equal bytes.

    The file appears whole under its name, or not at all. The index is not written.

    Parameters
    ----------
    df
        The table.
    path
        A file that ends in .csv, .csv.gz, .csv.xz, .csv.zst or .parquet. Missing folders are made.

    Raises
    ------
    TraceError
        If the name says no format that is known, the format cannot hold the table, or nothing can be written there.
    """
    suffix = suffix_of(Path(path))
    try:
        with whole_file(path) as temporary:
            if suffix == ".parquet":
                write_parquet(df, temporary)
            else:
                temporary.write_bytes(pack(df.to_csv(index=False, lineterminator="\n").encode(), suffix))
    except OSError as cause:
        raise TraceError(f"{path} cannot be written: {cause.strerror or cause}; choose another place") from cause


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Offer a temporary file beside ``path``, which takes that name if the block ends well and vanishes if not.

    Raises
    ------
    FileExistsError
        If something that is no file has that name: a device or a pipe would be gone.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder) / "a.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     [file.name for file in Path(folder).iterdir()]
    ['a.txt']
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "it is no file, and is left as it is", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    # In a folder of its own, the file gets the user's usual permissions, which a named temporary file does not.
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        temporary.replace(path)
