"""Bearer tokens (RFC 6750): who is let in."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from simulator.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Tokens", "read_tokens"]

#: Shorter ones can be guessed.
SHORTEST = 16


class Tokens:
    """Tokens that are let in; comparing takes equally long whichever it is, and however much of it is right."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._digests = [hashlib.sha256(token.encode()).digest() for token in tokens]

    def __bool__(self) -> bool:
        return bool(self._digests)

    def let_in(self, authorization: bytes | None) -> bool:
        """Tell whether the header of this name has one of the tokens."""
        scheme, _, token = (authorization or b"").partition(b" ")
        digest = hashlib.sha256(token.strip()).digest()
        found = sum(hmac.compare_digest(digest, known) for known in self._digests)
        return scheme.lower() == b"bearer" and found > 0


def read_tokens(path: Path) -> tuple[str, ...]:
    """Read a file of tokens, one a line; ``#`` begins a comment.

    Raises
    ------
    SettingsError
        If it has none, or one that can be guessed or not be sent.
    OSError
        If it cannot be read.
    """
    try:
        lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is no text file; write one token a line") from None
    except FileNotFoundError:
        raise SettingsError(
            f"there is no file {path}; make one with a token in it: openssl rand -hex 32 > {path}"
        ) from None
    tokens = tuple(line for line in lines if line)
    if not tokens:
        raise SettingsError(f"{path} has no token in it; write one a line, such as that of: openssl rand -hex 32")
    for number, line in enumerate(lines, 1):
        if line and (len(line) < SHORTEST or not line.isascii() or not line.isprintable() or " " in line):
            raise SettingsError(
                f"{path}, line {number}: a token has {SHORTEST} letters, digits or signs of ASCII at least, "
                "and no space; openssl rand -hex 32 makes one"
            )
    return tokens
