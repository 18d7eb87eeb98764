"""What lies beside a plan can be imported by it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["neighbours"]

#: Modules that plans of this process have imported from beside them.
_met: set[str] = set()


@contextmanager
def neighbours(folder: Path, *, fresh: bool = False) -> Iterator[None]:
    """Let modules in a folder be imported meanwhile, before all others.

    Parameters
    ----------
    folder
        The plan's.
    fresh
        Whether to forget first what plans have imported from beside them, so that what is edited is read again, and
        the neighbour of one plan is not taken for that of another. Packages that were there before stay.
    """
    for name in _met if fresh else ():
        sys.modules.pop(name, None)
    if fresh:
        _met.clear()
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        new = (name for name in set(sys.modules) - before if name.partition(".")[0] not in before)
        _met.update(name for name in new if _lies_in(name, folder))


def _lies_in(name: str, folder: Path) -> bool:
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and folder in Path(file).parents and "site-packages" not in file
