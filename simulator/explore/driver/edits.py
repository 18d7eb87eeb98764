"""Says which results were made by a class that has been edited since: ids do not tell."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from typing import TYPE_CHECKING

from simulator.explore.config.code import code_of
from simulator.explore.config.words import identifier
from simulator.explore.states import DONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.explore.config import Task
    from simulator.explore.ledger import Ledger

__all__ = ["tell_edits"]

_logger = logging.getLogger("simulator.explore")

#: Stands for the code of a class whose results were made by more than one.
_SEVERAL = "several"


def tell_edits(ledger: Ledger, tasks: Iterable[Task], states: Mapping[str, str], *, keep: bool = True) -> None:
    """Warn of classes with results that are not written any more as they were when these were made.

    The results stay: whether an edit changes what a class does, only its author knows, and says so by ``VERSION``. Two
    plans of one folder that call different classes the same are told so as well.

    Parameters
    ----------
    ledger
        Keeps how classes were written.
    tasks
        Cells of a plan.
    states
        Their states by id.
    keep
        Whether to keep how classes are written now, because cells are about to run.
    """
    total: Counter[type[Task]] = Counter()
    done: Counter[type[Task]] = Counter()
    for task in tasks:
        total[type(task)] += 1
        done[type(task)] += states.get(task.id) == DONE
    for kind, cells in total.items():
        code = code_of(kind)
        if code is None:
            continue
        key = (f"{identifier(kind)} {kind.VERSION}", sys.implementation.cache_tag, sys.flags.optimize)
        known = now = ledger.digests.get(key)
        if known is None or not done[kind]:
            now = code
        elif known != code:
            _logger.warning(
                "%s is written differently than when it ran: results of %s of %s cells stay. If it does something else "
                "now, raise its VERSION (now %s) or give it another name, and they run again",
                identifier(kind),
                f"{done[kind]:,}",
                f"{cells:,}",
                kind.VERSION,
            )
            now = _SEVERAL if done[kind] < cells else known
        if keep and now is not None and now != known:
            ledger.digests.put(key, now)
