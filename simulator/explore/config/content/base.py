"""What all values with content have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from simulator.errors import ConfigError

__all__ = ["Content"]


class Content(ABC):
    """A value that is the content of files.

    The digest is taken when it is first asked for, as by the id of a configuration, and stays with the object, into
    other processes too. What is read later is checked against it.
    """

    #: What it is called where it is written down.
    WORD: ClassVar[str]
    #: Begins its encoding in ids; one letter, unlike any other.
    LETTER: ClassVar[str]

    __slots__ = ("_digest",)

    _digest: str | None

    @property
    def digest(self) -> str:
        """SHA-256 of the content, 64 hexadecimal digits."""
        if self._digest is None:
            self._digest = self.measure()
        return self._digest

    @property
    def sha256(self) -> str:
        """The digest, by the name that it has where it is written down."""
        return self.digest

    @abstractmethod
    def measure(self) -> str:
        """Take the digest of what is there now."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the content lies, in one line: the same before and after an edit."""

    @abstractmethod
    def plain(self) -> dict[str, Any]:
        """Write it down as JSON has it, with ``"sha256"``."""

    @classmethod
    @abstractmethod
    def from_plain(cls, document: dict[str, Any]) -> Content:
        """Make it again from what `plain` wrote; no file is looked at."""

    @classmethod
    @abstractmethod
    def taken(cls, value: Any) -> Content | None:
        """Make it from what users give for it; None if nobody can."""

    def check(self, found: str) -> None:
        """Refuse content that is not what the id was made of.

        Parameters
        ----------
        found
            Digest of what was read.

        Raises
        ------
        ConfigError
            If it is another one.
        """
        if found != self.digest:
            raise ConfigError(
                f"{self.place} has changed since this configuration was sealed (SHA-256 {self.digest[:12]} then, "
                f"{found[:12]} now); a result would be filed under the wrong name. Run the plan again"
            )
