"""What the ending of a file's name means: how a table's bytes are packed, and unpacked up to a limit."""

from __future__ import annotations

import gzip
import lzma
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from simulator.errors import TraceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["SUFFIXES", "pack", "suffix_of", "too_large", "unpack"]


def _zst_opened(path: Path) -> pa.CompressedInputStream:
    return pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")


def _zst_packed(data: bytes) -> bytes:
    """Pack into one zstd frame that ends in a checksum of its content, which pyarrow cannot be asked for."""
    import zstandard

    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


#: How a CSV file is opened, and how its bytes are packed, by the ending of its name.
PACKINGS: dict[str, tuple[Callable[[Path], Any], Callable[[bytes], bytes]]] = {
    ".csv": (lambda path: path.open("rb"), bytes),
    ".csv.gz": (gzip.open, lambda data: gzip.compress(data, mtime=0)),
    ".csv.xz": (lzma.open, lzma.compress),
    ".csv.zst": (_zst_opened, _zst_packed),
}

#: Endings of file names that are understood.
SUFFIXES = (*PACKINGS, ".parquet")

#: What is unpacked at a time [bytes]. pyarrow reserves all that is asked for, and keeps it if the file is damaged.
PIECE = 1 << 16


def suffix_of(path: Path) -> str:
    """Find the ending of a table's name; `TraceError` if it says no format that is known."""
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return suffix
    raise TraceError(f"{path} says no format that is known; a table's name ends in {', '.join(SUFFIXES)}")


def pack(data: bytes, suffix: str) -> bytes:
    """Pack the bytes of a CSV file; equal bytes are packed equally."""
    return PACKINGS[suffix][1](data)


def unpack(path: Path, suffix: str, max_bytes: int) -> bytes:
    """Read a CSV file, at most ``max_bytes`` of what it unpacks to: a small file can hold a large one."""
    data, piece = bytearray(), bytearray(PIECE)
    with PACKINGS[suffix][0](path) as file:
        while len(data) <= max_bytes and (size := file.readinto(piece)):
            data += piece[:size]
    if len(data) > max_bytes:
        raise too_large("unpacked, it", len(data), max_bytes)
    return bytes(data)


def too_large(what: object, size: int, max_bytes: int) -> TraceError:
    """Say that something is larger than any trace, and how to read it all the same."""
    return TraceError(
        f"{what} holds {size / 1e9:.3g} GB or more, and a trace a few MB; if it is one after all, "
        f"read it with a larger max_bytes (now {max_bytes})"
    )
