"""Digests of files, taken once as long as a file stays as it is.

A file is known by path, size, both times and inode. A file that was changed within two seconds before it was read
could be changed again without any of these showing it (clocks of file systems are coarse), so its digest is not kept;
git calls such entries "racily clean" and looks at the content again, too (Git documentation, technical/racy-git).
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from simulator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = ["RACY_NS", "DigestCache", "digest_of", "digests_kept_in", "file_digest"]

#: A file younger than this when it is read is looked at again [ns].
RACY_NS = 2_000_000_000
#: Times that a file may change while it is read before one gives up.
ATTEMPTS = 3


class DigestCache(Protocol):
    """Keeps digests for other processes and later days."""

    def get(self, key: Sequence[object]) -> str | None:
        """Find a digest: the key is what it is of, and then whatever would show a change."""

    def put(self, key: Sequence[object], digest: str) -> None:
        """Keep a digest, in place of those whose key begins alike."""


_in_memory: dict[tuple[object, ...], str] = {}
_kept: ContextVar[DigestCache | None] = ContextVar("simulator.explore.digests", default=None)


@contextmanager
def digests_kept_in(cache: DigestCache) -> Iterator[None]:
    """Keep digests in a cache that outlives this process.

    Parameters
    ----------
    cache
        Where; a ledger is one.
    """
    token = _kept.set(cache)
    try:
        yield
    finally:
        _kept.reset(token)


def digest_of(word: str, files: Sequence[Path], measure: Callable[[], str]) -> str:
    """Take a digest over files, or find it if they are as they were.

    Parameters
    ----------
    word
        What kind of digest this is, with all that decides it beside the files.
    files
        All files that are read for it.
    measure
        Takes the digest.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    ConfigError
        If a file cannot be looked at, or does not stop changing.
    """
    for _ in range(ATTEMPTS):
        key, changed_ns = _state(word, files)
        known = _find(key)
        if known is not None:
            return known
        read_ns = time.time_ns()
        digest = measure()
        if _state(word, files)[0] == key:
            if changed_ns <= read_ns - RACY_NS:  # not so for a file from the future, either
                _keep(key, digest)
            return digest
    names = ", ".join(map(str, files))
    raise ConfigError(f"{names} changed {ATTEMPTS} times while being read; wait until nothing writes there any more")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as cause:
        raise ConfigError(f"{path} cannot be read: {cause.strerror or cause}") from cause


def _state(word: str, files: Sequence[Path]) -> tuple[tuple[object, ...], int]:
    """Say which files these are and what would show a change of them, and when the last one was [ns]."""
    names, seen = [word], []
    latest_ns = 0
    for path in files:
        try:
            status = path.stat()
        except OSError as cause:
            raise ConfigError(f"{path} cannot be looked at: {cause.strerror or cause}") from cause
        names.append(os.path.abspath(path))  # noqa: PTH100  # Path.resolve would follow links, which may be changed
        seen += [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        latest_ns = max(latest_ns, status.st_mtime_ns, status.st_ctime_ns)
    return ("\n".join(names), *seen), latest_ns


def _find(key: tuple[object, ...]) -> str | None:
    known, kept = _in_memory.get(key), _kept.get()
    if kept is None:
        return known
    if known is None:
        known = kept.get(key)
        if known is not None:
            _in_memory[key] = known
    elif kept.get(key) is None:  # found out before there was a place to keep it
        kept.put(key, known)
    return known


def _keep(key: tuple[object, ...], digest: str) -> None:
    _in_memory[key] = digest
    kept = _kept.get()
    if kept is not None:
        kept.put(key, digest)
