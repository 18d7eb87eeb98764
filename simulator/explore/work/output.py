"""Catches what a cell prints."""

from __future__ import annotations

import ctypes
import io
import os
import sys
import tempfile
import threading
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["KEPT_BYTES", "Output", "caught"]

#: So much of the end of a cell's output is kept.
KEPT_BYTES = 65_536


class Output(Protocol):
    """What was printed since one last looked."""

    def take(self) -> str | None:
        """Give the end of what was printed since the last call; None if nothing was."""

    def trim(self) -> None:
        """Forget what will not be kept anyway; called now and then by another thread while a cell runs."""

    def renew(self) -> None:
        """Catch again what is printed, should a cell have closed its streams or put others in their place."""


class _Pieces:
    """Text in memory, of which the end is kept."""

    def __init__(self) -> None:
        self._pieces: deque[str] = deque()
        self._length = 0
        self.streams: tuple[Any, Any] = sys.stdout, sys.stderr

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
        while self._length - len(self._pieces[0]) > KEPT_BYTES:
            self._length -= len(self._pieces.popleft())

    def take(self) -> str | None:
        if not self._pieces:
            return None
        printed = "".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        return printed[-KEPT_BYTES:]

    def trim(self) -> None:
        """There is nothing to do: it never grows."""

    def renew(self) -> None:
        """Put the streams back that were there first."""
        sys.stdout, sys.stderr = self.streams


class _Stream:
    """Stands in for a text stream: what this thread and later ones write is caught, older threads' goes through.

    A driver that runs cells in its own process may have a thread that shows progress; that is not the cell's output.
    """

    def __init__(self, real: TextIO, pieces: _Pieces, outsiders: frozenset[int]) -> None:
        self._real = real
        self._pieces = pieces
        self._outsiders = outsiders

    def write(self, text: str) -> int:
        if threading.get_ident() in self._outsiders:
            return self._real.write(text)
        self._pieces.add(text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def isatty(self) -> bool:
        return False

    def close(self) -> None:
        """Stay open: the stream behind this one is not the cell's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _File:
    """A file that file descriptors 1 and 2 lead to; also children and libraries write there."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._earlier = b""
        self._lock = threading.Lock()
        # Libraries in C keep what they print in buffers of their own.
        self._flush_c = ctypes.CDLL(None).fflush
        self._which = _which(descriptor)
        self._streams = _text(1), _text(2)
        self.renew()

    def renew(self) -> None:
        for number in (1, 2):
            if _which(number) != self._which:
                os.dup2(self._descriptor, number)
        if any(stream.closed for stream in self._streams):
            self._streams = _text(1), _text(2)
        sys.stdout, sys.stderr = self._streams

    def take(self) -> str | None:
        self._flush_c(None)
        if not os.lseek(self._descriptor, 0, os.SEEK_END) and not self._earlier:
            return None
        with self._lock:
            printed, self._earlier = self._read(), b""
        return printed.decode("utf-8", "replace")

    def trim(self) -> None:
        if os.lseek(self._descriptor, 0, os.SEEK_END) > 16 * KEPT_BYTES:
            with self._lock:
                self._earlier = self._read()

    def _read(self) -> bytes:
        end = os.lseek(self._descriptor, 0, os.SEEK_END)
        last = os.pread(self._descriptor, KEPT_BYTES, max(0, end - KEPT_BYTES))
        os.ftruncate(self._descriptor, 0)
        return (self._earlier + last)[-KEPT_BYTES:]


@contextmanager
def caught(own_process: bool) -> Iterator[Output]:
    """Catch what is printed inside.

    Parameters
    ----------
    own_process
        Whether nobody else lives in this process: then file descriptors 1 and 2 are led elsewhere, so that what
        children and libraries print is caught as well. Otherwise only ``sys.stdout`` and ``sys.stderr`` are
        replaced, for this thread and those that it starts.

    Yields
    ------
    Output
        To be asked after each cell.
    """
    streams = sys.stdout, sys.stderr
    try:
        if own_process:
            with _led_elsewhere() as descriptor:
                yield _File(descriptor)
        else:
            pieces = _Pieces()
            outsiders = frozenset(t.ident for t in threading.enumerate() if t.ident is not None)
            outsiders -= {threading.get_ident()}
            pieces.streams = _Stream(streams[0], pieces, outsiders), _Stream(streams[1], pieces, outsiders)
            pieces.renew()
            yield pieces
    finally:
        sys.stdout, sys.stderr = streams


@contextmanager
def _led_elsewhere() -> Iterator[int]:
    """Lead descriptors 1 and 2 to a file without a name, which is only appended to; and Python's streams with them."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed, or nobody listens any more
            stream.flush()
    file = os.memfd_create("output") if hasattr(os, "memfd_create") else _temporary()
    before = os.dup(1), os.dup(2)
    try:
        # A descriptor of its own opening would append by itself; these share one, so every write comes last.
        os.dup2(file, 1)
        os.dup2(file, 2)
        _append(file)
        yield file
    finally:
        os.dup2(before[0], 1)
        os.dup2(before[1], 2)
        for descriptor in (*before, file):
            os.close(descriptor)


def _which(descriptor: int) -> tuple[int, int] | None:
    """Tell which file a descriptor leads to; None if it is closed."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _temporary() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _append(descriptor: int) -> None:
    import fcntl

    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_APPEND)


def _text(descriptor: int) -> TextIO:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)
