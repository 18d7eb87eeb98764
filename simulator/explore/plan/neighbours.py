"""What lies beside a plan can be imported by it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BESIDE", "neighbours", "sources"]

#: Where copies of its neighbours lie beside the copy of a plan.
BESIDE = "beside"
#: Modules that plans of this process have imported from beside them.
_met: set[str] = set()


@contextmanager
def neighbours(folder: Path, *, fresh: bool = False) -> Iterator[None]:
    """Let modules in a folder, and in its folder ``beside``, be imported meanwhile, before all others.

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
    added = [str(folder), *([str(folder / BESIDE)] if (folder / BESIDE).is_dir() else [])]
    sys.path[:0] = added
    try:
        yield
    finally:
        for each in added:
            sys.path.remove(each)
        new = (name for name in set(sys.modules) - before if name.partition(".")[0] not in before)
        _met.update(name for name in new if _lies_in(name, folder))


def sources(plan: Path) -> dict[str, str]:
    """Read what a plan has imported from beside it.

    Parameters
    ----------
    plan
        The plan's file.

    Returns
    -------
    dict
        Texts by their paths, relative to the folder.
    """
    found = {}
    for name in _met:
        file = getattr(sys.modules.get(name), "__file__", None) or ""
        for folder in (plan.parent / BESIDE, plan.parent):
            if file.endswith(".py") and Path(file) != plan and folder in Path(file).parents:
                found[Path(file).relative_to(folder).as_posix()] = Path(file).read_text(
                    encoding="utf-8", errors="replace"
                )
                break
    return found


def _lies_in(name: str, folder: Path) -> bool:
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and folder in Path(file).parents and "site-packages" not in file
