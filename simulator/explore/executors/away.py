"""What those who run chunks elsewhere leave in the sweep's folder: shards, and short notes beside them.

Notes lie in ``logs/<executor>/<key>.<what>``: ``chunk`` is what is to run, ``begun`` says who runs it, ``end`` that it
is over. Each gets its name when it is whole. Files are all that a driver needs to follow work on other machines, and
all that one needs that was started later.
"""

from __future__ import annotations

import json
import os
import pickle
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.explore.chunk import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.explore.chunk import Chunk

__all__ = ["Changes", "NewShards", "Notes", "pack", "pid_here", "unpack", "whoami"]

#: Times of folders are this coarse on some file systems [s].
COARSE_S = 2.0


class Notes:
    """Short notes about chunks, as files of a folder.

    Parameters
    ----------
    folder
        The sweep's folder.
    name
        Whose notes these are.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / "logs" / name

    def make(self) -> None:
        """Make the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def path(self, key: str, what: str) -> Path:
        """Return where a note lies, or would lie."""
        return self.folder / f"{key}.{what}"

    def put(self, key: str, what: str, **facts: Any) -> None:
        """Leave a note; one that is there is replaced."""
        self._store(key, what, json.dumps(facts).encode())

    def get(self, key: str, what: str) -> dict[str, Any] | None:
        """Read a note; None if there is none."""
        try:
            found: dict[str, Any] = json.loads(self.path(key, what).read_bytes())
        except FileNotFoundError:
            return None
        return found

    def claim(self, key: str, what: str, **facts: Any) -> bool:
        """Leave a note unless there is one; say whether there was none, which only one of several is told."""
        path = self.path(key, what)
        temporary = self._beside(path)
        try:
            temporary.write_text(json.dumps(facts))
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def put_chunk(self, chunk: Chunk) -> None:
        """Store a chunk, for whoever runs it."""
        self._store(chunk.key, "chunk", pack(chunk))

    def get_chunk(self, key: str) -> Chunk:
        """Load a chunk."""
        return unpack(self.path(key, "chunk").read_bytes())

    def remove(self, key: str, whats: Iterable[str]) -> None:
        """Remove notes of a chunk that nobody needs any more."""
        for what in whats:
            self.path(key, what).unlink(missing_ok=True)

    def _store(self, key: str, what: str, content: bytes) -> None:
        path = self.path(key, what)
        temporary = self._beside(path)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    @staticmethod
    def _beside(path: Path) -> Path:
        return path.with_name(f"{path.name}.{socket.gethostname()}.{os.getpid()}.tmp")


class Changes:
    """Says whether a folder may hold something new, at the cost of one look at its time.

    Parameters
    ----------
    folder
        Which; it may be made later.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen_ns = 0

    def any(self) -> bool:
        """Look."""
        try:
            seen_ns = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        changed = seen_ns != self._seen_ns or time.time_ns() - seen_ns < COARSE_S * 1e9
        self._seen_ns = seen_ns
        return changed


class NewShards:
    """Finds shards of chunks that were not told of yet.

    Parameters
    ----------
    folder
        The sweep's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: dict[str, set[str]] = {}

    def of(self, key: str) -> list[Report]:
        """Report the new ones of a chunk, in the order in which they were written."""
        from simulator.explore.shards import chunk_shards

        told = self._told.setdefault(key, set())
        new = [path for path in chunk_shards(self._folder, key) if path.name not in told]
        told.update(path.name for path in new)
        return [Report(key, "shard", shard=path) for path in new]

    def has(self, key: str, names: Iterable[str]) -> bool:
        """Say whether all of these were told of."""
        return self._told.get(key, set()).issuperset(names)

    def forget(self, key: str) -> None:
        """Forget a chunk that ended."""
        self._told.pop(key, None)


def pack(chunk: Chunk) -> bytes:
    """Pickle a chunk, together with where this process finds modules."""
    from simulator.explore.work import packed

    path = [str(Path(each).resolve()) for each in sys.path]
    return pickle.dumps((path, packed(chunk)))


def unpack(data: bytes) -> Chunk:
    """Read what `pack` gave, in a process that finds modules in the same places from now on."""
    from simulator.explore.work import unpacked

    path, chunk = pickle.loads(data)  # noqa: S301  # comes from our own driver
    sys.path += [each for each in path if each not in sys.path]
    found: Chunk = unpacked(chunk)
    return found


def whoami() -> dict[str, Any]:
    """Say which process of which machine this is."""
    return {"host": socket.gethostname(), "pid": os.getpid()}


def pid_here(note: Mapping[str, Any]) -> int | None:
    """Return whose process a note is about, if it runs on this machine."""
    return note["pid"] if note.get("host") == socket.gethostname() else None
