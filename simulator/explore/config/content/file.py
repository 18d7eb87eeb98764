"""A file that enters an id by its bytes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, ClassVar

from simulator.errors import ConfigError
from simulator.explore.config.content.base import Content
from simulator.explore.config.content.digest import digest_of, file_digest

__all__ = ["File"]


class File(Content):
    """A file, known by its content: renamed or moved it is the same, edited it is another.

    Parameters
    ----------
    path
        Where it lies. A relative path is meant from the folder that is current now.
    sha256
        Its digest, if known; otherwise it is taken when first needed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "words.txt").write_text("four words of text")
    ...     file = File(Path(folder) / "words.txt")
    ...     file.digest[:12], file.read_text()
    ('3b04315701ea', 'four words of text')
    """

    WORD: ClassVar[str] = "file"
    LETTER: ClassVar[str] = "F"

    __slots__ = ("path",)

    def __init__(self, path: str | os.PathLike[str], *, sha256: str | None = None) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100  # a link stays the name by which it is known
        self._digest = sha256

    def __repr__(self) -> str:
        """Name it as it can be made again."""
        return f"File({str(self.path)!r})"

    def __str__(self) -> str:
        """Name it in one word."""
        return self.path.name

    def __fspath__(self) -> str:
        """Be taken where a path is; nobody checks then that it is still what the id says."""
        return str(self.path)

    def read_bytes(self) -> bytes:
        """Read it, and refuse it if it has changed.

        Raises
        ------
        ConfigError
            If it cannot be read, or is not any more what the id was made of.
        """
        try:
            content = self.path.read_bytes()
        except OSError as cause:
            raise ConfigError(f"{self.path} cannot be read: {cause.strerror or cause}") from cause
        self.check(hashlib.sha256(content).hexdigest())
        return content

    def read_text(self, encoding: str = "utf-8") -> str:
        """Read it as text; see `read_bytes`."""
        return self.read_bytes().decode(encoding)

    def unchanged(self) -> Path:
        """Give its path to whoever reads it himself, and refuse it if it has changed.

        Raises
        ------
        ConfigError
            If it cannot be read, or is not any more what the id was made of.
        """
        self.check(file_digest(self.path))
        return self.path

    def measure(self) -> str:
        """Take the digest of what is there now."""
        return digest_of(self.WORD, [self.path], lambda: file_digest(self.path))

    @property
    def place(self) -> str:
        """Its absolute path."""
        return str(self.path)

    def plain(self) -> dict[str, Any]:
        """Write it down as JSON has it; the path is information only."""
        return {"sha256": self.digest, "path": str(self.path)}

    @classmethod
    def from_plain(cls, document: dict[str, Any]) -> File:
        """Make it again from what `plain` wrote."""
        return cls(document["path"], sha256=document["sha256"])

    @classmethod
    def taken(cls, value: Any) -> File | None:
        """Take a path for it."""
        return cls(value) if isinstance(value, (str, os.PathLike)) else None
