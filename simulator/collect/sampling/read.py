"""Reads recorded samples, also those of a sampler that was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import ipc

from simulator.collect.sampling.schema import FILES, KINDS, METADATA_KEY, VERSION
from simulator.errors import SampleError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["read_samples", "sample_files"]


def read_samples(path: str | Path, kind: str = "fast") -> pd.DataFrame:
    """Read recorded samples.

    A file whose end is torn, because its writer was killed or the disk was full, is read up to its last whole batch.
    The files of a sampler that was started again are read one after the other.

    Parameters
    ----------
    path
        A run's directory, or one file.
    kind
        ``"fast"`` for power and energy (about twenty rows per GPU and second), ``"slow"`` for clocks, limits and
        temperature (one row per GPU and second).

    Returns
    -------
    pandas.DataFrame
        The columns of `simulator.collect.sampling.schema.FAST` or `SLOW`. Columns that may be empty are ``float64``
        with NaN, exact up to 2⁵³; ``pids`` are lists or None. ``attrs["collection"]`` holds what the first file says
        of the collection, and besides ``files`` (their names), ``torn_bytes`` (after the last whole batch, all files
        together) and, for fast samples, ``missed`` (deadlines that were missed while a sampler ran).

    Raises
    ------
    SampleError
        If there are no samples of this kind, a file is of another kind or version, none of ours or damaged, or the
        files are of different GPUs.
    """
    files = sample_files(path, kind)
    tables, metadata, torn_bytes = [], [], 0
    for file in files:
        table, about, rest = _read_stream(file)
        torn_bytes += rest
        if table is not None:
            _check(file, table, about, kind)
            tables.append(table)
            metadata.append(about)
            if about.get("uuids") != metadata[0].get("uuids"):
                raise SampleError(
                    f"{file} is of other GPUs ({about.get('uuids')}) than {files[0]} ({metadata[0].get('uuids')}): "
                    f"read each file alone"
                )
    if not tables:
        raise SampleError(
            f"{files[0]} holds no whole batch of samples: the sampler ended before its first second was written. "
            f"Run this cell again"
        )
    names = KINDS[kind].arrow.names
    collection = {**metadata[0], "files": [file.name for file in files], "torn_bytes": torn_bytes}
    if kind == "fast":
        collection["missed"] = sum(_missed(table) for table in tables)
    frame = _frame(pa.concat_tables([table.select(names).replace_schema_metadata(None) for table in tables]))
    frame.attrs["collection"] = collection
    return frame


def sample_files(path: str | Path, kind: str = "fast") -> list[Path]:
    """Find the files that hold samples of one kind, in the order in which they were written.

    Parameters
    ----------
    path
        A run's directory, or one file.
    kind
        ``"fast"`` or ``"slow"``.

    Returns
    -------
    list of pathlib.Path
        At least one.

    Raises
    ------
    SampleError
        If there is none, or the kind is unknown.
    """
    if kind not in KINDS:
        raise SampleError(f"no kind of samples is called {kind!r}{nearest(kind, KINDS)}; there are: {', '.join(KINDS)}")
    path = Path(path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SampleError(f"{path} does not exist; give a run's directory (<out>/runs/<key>) or a file in it")
    numbered = {_number(file, FILES[kind]): file for file in path.glob(f"{FILES[kind]}*.arrows")}
    files = [numbered[number] for number in sorted(numbered) if number]
    if not files:
        there = ", ".join(sorted(file.name for file in path.iterdir())) or "nothing"
        raise SampleError(f"{path} holds no {FILES[kind]}.arrows, only: {there}. Was this run measured without a GPU?")
    return files


def _number(file: Path, stem: str) -> int:
    """Count which file of a directory it is; 0 if it is none of them."""
    words = file.name.split(".")
    if words[0] != stem or len(words) > 3 or not (len(words) == 2 or words[1].isdecimal()):
        return 0
    return 1 if len(words) == 2 else int(words[1])


def _read_stream(file: Path) -> tuple[pa.Table | None, dict[str, Any], int]:
    """Read whole batches; None if not even the schema is whole. Also what it says, and how many bytes are left over."""
    try:
        table, about, rest = _whole_batches(file)
        if table is not None:
            table.validate(full=True)
    except SampleError:
        raise
    except (pa.ArrowException, ValueError, MemoryError) as error:  # a bit that flipped may be a length, a type, a text
        raise SampleError(f"{file} is damaged ({error}); restore it from a copy, or make this run again") from error
    return table, about, rest


def _whole_batches(file: Path) -> tuple[pa.Table | None, dict[str, Any], int]:
    """Read up to where the writer was killed."""
    content = file.read_bytes()
    source = pa.BufferReader(content)
    try:
        reader = ipc.open_stream(source)
    except (pa.ArrowInvalid, OSError):
        if content.strip(b"\0") and not content.startswith(b"\xff\xff\xff\xff"):
            raise SampleError(f"{file} is no Arrow IPC stream; samples are written by `simulator collect`") from None
        return None, {}, len(content)
    about = json.loads((reader.schema.metadata or {}).get(METADATA_KEY, b"{}"))
    if not isinstance(about, dict):
        raise SampleError(f"{file} is damaged: what it says of the collection is {about!r}")
    batches, end = [], source.tell()
    try:
        while True:
            batches.append(reader.read_next_batch())
            end = source.tell()
    except StopIteration:
        end = source.tell()
    except (pa.ArrowException, OSError, MemoryError):
        pass  # the torn end of a file whose writer was killed
    return pa.Table.from_batches(batches, reader.schema), about, len(content) - end


def _check(file: Path, table: pa.Table, about: dict[str, Any], kind: str) -> None:
    """Refuse files of another kind or version."""
    for other, schema in KINDS.items():
        if other != kind and table.schema.equals(schema.arrow):
            raise SampleError(f'{file} holds {other} samples; read them with kind="{other}"')
    if about.get("version", 0) > VERSION:
        raise SampleError(f"{file} was written by a newer simulator (version {about['version']} of the files); update")
    wanted = KINDS[kind].arrow
    lacks = [f.name for f in wanted if f.name not in table.schema.names or table.schema.field(f.name).type != f.type]
    if lacks:
        raise SampleError(f"{file} holds no {kind} samples: it lacks {', '.join(lacks)}")
    empty = [field.name for field in wanted if not field.nullable and table.column(field.name).null_count]
    if empty:
        raise SampleError(f"{file} is damaged: {', '.join(empty)} cannot be empty, and are")


def _missed(table: pa.Table) -> int:
    """Count the deadlines between the first and the last tick of one file that have no row."""
    ticks = table.column("tick").unique()
    return 0 if len(ticks) == 0 else ticks[-1].as_py() - ticks[0].as_py() + 1 - len(ticks)


def _frame(table: pa.Table) -> pd.DataFrame:
    """Turn into pandas; columns that may be empty get the same type whether or not a cell is."""
    columns: Sequence[pa.Field] = [
        field.with_type(pa.float64()) if field.nullable and pa.types.is_integer(field.type) else field
        for field in table.schema
    ]
    frame: pd.DataFrame = table.cast(pa.schema(columns), safe=False).to_pandas()
    return frame
