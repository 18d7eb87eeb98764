"""Traces of one GPU that enter an id by what was recorded."""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeGuard

from simulator.errors import ConfigError
from simulator.explore.config.content.base import Content
from simulator.explore.config.content.digest import digest_of

if TYPE_CHECKING:
    from simulator.trace.traces import Traces

__all__ = ["Recorded"]

#: Traces that a process keeps; a sweep over more GPUs than this reads some of them again.
KEPT = 16


class Recorded(Content):
    """The traces of one GPU, known by the GPU's name, the content of both tables, and whether they are synthetic.

    File names, formats and places do not matter (see `simulator.Traces.content_hash`), nor does what the traces are
    called. Jobs that come with traces are no part of their content: a task names its own.

    Parameters
    ----------
    source
        A trace directory, the name of published traces, None for the bundled ones, or `simulator.Traces` at hand.
        Text may name the GPU behind an ``@``: ``"traces@v100"``, ``"@v100"``.
    gpu
        Name of the GPU; None means the only one there is.
    sha256
        Digest, if known; otherwise it is taken when first needed.

    Examples
    --------
    >>> recorded = Recorded("@v100")
    >>> recorded.read().gpu, recorded.digest == Recorded(recorded.read()).digest
    ('v100', True)
    """

    WORD: ClassVar[str] = "traces"
    LETTER: ClassVar[str] = "R"

    __slots__ = ("_traces", "gpu", "source")

    def __init__(
        self,
        source: str | os.PathLike[str] | Traces | None = None,
        gpu: str | None = None,
        *,
        sha256: str | None = None,
    ) -> None:
        self._digest = sha256
        self._traces: Traces | None = None
        self.source: str | None = None
        self.gpu = gpu.lower() if gpu else None
        if source is None:
            return
        if _is_traces(source):
            self._traces, self.gpu = source, source.gpu
            return
        where = str(source)
        if isinstance(source, str) and gpu is None and "@" in source and not Path(source).is_dir():
            where, _, named = source.rpartition("@")
            self.gpu = named.lower() or None
        self.source = _absolute(where) if where else None

    @property
    def path(self) -> Path | None:
        """Where they lie on this machine; None for traces that were given as tables.

        Raises
        ------
        TraceError
            If they are not there.
        """
        from simulator.trace.locate import locate

        return None if self._traces is not None else locate(self.source)

    def __repr__(self) -> str:
        """Name them as they can be had again."""
        if self._traces is not None:
            return f"Recorded(<traces {self._traces.name}>, gpu={self.gpu!r})"
        return f"Recorded({self.source!r}, gpu={self.gpu!r})"

    def __str__(self) -> str:
        """Name them in one word."""
        return self.gpu or (Path(self.source).name if self.source else "traces")

    def read(self) -> Traces:
        """Read the traces, and refuse them if they have changed. A process reads the same ones once.

        Raises
        ------
        ConfigError
            If they are not any more what the id was made of, or were given as tables in another session.
        TraceError
            If they cannot be read.
        """
        if self._traces is not None:
            return self._traces
        traces = _read(self.source, self.gpu, self.digest)
        self.check(_digest(traces))
        return traces

    def measure(self) -> str:
        """Take the digest of what is there now."""
        if self._traces is not None:
            return _digest(self._traces)
        from simulator.trace.layout import power_files, train_file
        from simulator.trace.locate import locate
        from simulator.trace.metadata import FILE_NAME
        from simulator.trace.read import read_traces

        directory = locate(self.source)
        powers = power_files(directory)
        gpu = self.gpu or (next(iter(powers)) if len(powers) == 1 else None)
        if gpu not in powers:
            return _digest(read_traces(directory, gpu=gpu))  # says what there is
        files = [train_file(directory), powers[gpu], *directory.glob(FILE_NAME)]
        return digest_of(_kind(gpu), files, lambda: _digest(read_traces(directory, gpu=gpu)))

    @property
    def place(self) -> str:
        """Directory or name, and the GPU."""
        where = f"<{self._traces.name}>" if self._traces is not None else self.source or "bundled"
        return f"{where}@{self.gpu}" if self.gpu else where

    def plain(self) -> dict[str, Any]:
        """Write them down as JSON has it; the path is information only."""
        document = {"sha256": self.digest, "path": self.source, "gpu": self.gpu}
        return document if self._traces is None else document | {"given": self._traces.name}

    @classmethod
    def from_plain(cls, document: dict[str, Any]) -> Recorded:
        """Make them again from what `plain` wrote. Traces given as tables keep their digest, but cannot be read."""
        made = cls(document["path"], sha256=document["sha256"])
        made.gpu = document["gpu"]
        if "given" in document:
            made.source = f"<{document['given']}>"
        return made

    @classmethod
    def taken(cls, value: Any) -> Recorded | None:
        """Take a directory, a name or traces for them."""
        return cls(value) if isinstance(value, (str, os.PathLike)) or _is_traces(value) else None


def _digest(traces: Traces) -> str:
    """Take the digest of traces. Results are labelled as synthetic or not, so it is part of what they are made of."""
    known = traces.content_hash
    return hashlib.sha256(f"synthetic {known}".encode()).hexdigest() if traces.synthetic else known


def _is_traces(value: object) -> TypeGuard[Traces]:
    """Tell whether a value is `Traces`; nobody has any before that module is loaded."""
    module = sys.modules.get("simulator.trace.traces")
    return module is not None and isinstance(value, module.Traces)


def _absolute(where: str) -> str:
    """Make a directory absolute, since it is meant from the folder that is current now; names stay names."""
    from simulator.trace.published import PUBLISHED

    return where if where in PUBLISHED or not Path(where).is_dir() else str(Path(where).absolute())


@cache
def _kind(gpu: str) -> str:
    """Name what decides a digest beside the files: how numbers are read from text and hashed is up to pandas."""
    return f"traces 2 {gpu} pandas {version('pandas')}"


@lru_cache(KEPT)
def _read(source: str | None, gpu: str | None, digest: str) -> Traces:
    """Read traces; under another digest they are others."""
    from simulator.trace.read import read_traces

    if source is not None and source.startswith("<"):
        raise ConfigError(
            f"the traces {source} were given as tables and lie in no file; run the plan that made them again"
        )
    return read_traces(source, gpu=gpu)
