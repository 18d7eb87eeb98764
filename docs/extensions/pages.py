"""Pages that are written before Sphinx looks for pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["titled", "write_page"]


def titled(title: str, body: str) -> str:
    """Put a title above the body of a page, in reStructuredText."""
    return f"{title}\n{'=' * len(title)}\n\n{body}"


def write_page(folder: Path, name: str, text: str) -> None:
    """Write a page if it is not there as it should be; whole, since several builds may do so at once."""
    file = folder / name
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{name}.{os.getpid()}"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)
