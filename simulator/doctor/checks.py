"""The table of all checks, and how they are made: one after the other, each with an end to its patience."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from simulator.doctor import cluster, database, engines, installed, machine, places, power, traces
from simulator.doctor.finding import Finding, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["CHECKS", "Check", "examine"]

#: How long a check may take [s]; compiling a first function takes the longest, on slow disks.
PATIENCE_S = 30.0


class Check(NamedTuple):
    """One line of the table.

    Parameters
    ----------
    topic
        What its findings belong to.
    look
        Returns the findings.
    """

    topic: str
    look: Callable[[], list[Finding]]


CHECKS: tuple[Check, ...] = (
    Check("installed", installed.packages),
    Check("engines", engines.events),
    Check("engines", engines.compiled),
    Check("engines", engines.plug_ins),
    Check("machine", machine.cores),
    Check("machine", machine.memory),
    Check("machine", machine.compiler),
    Check("power", power.gpus),
    Check("power", power.rapl),
    Check("cluster", cluster.slurm),
    Check("cluster", cluster.dask),
    Check("database", database.sqlite),
    Check("extras", installed.extras),
    Check("traces", traces.bundled),
    Check("traces", traces.fetched),
    Check("folders", places.folders),
)


def examine(
    checks: Sequence[Check] = CHECKS, *, database_url: str | None = None, patience_s: float = PATIENCE_S
) -> Iterator[Finding]:
    """Look at this machine, a check after the other; nothing is changed.

    Parameters
    ----------
    checks
        Which checks to make.
    database_url
        A database to look at, too.
    patience_s
        How long each may take [s]; one that takes longer is left behind, and that is a finding.

    Yields
    ------
    Finding
        As soon as each is known.

    Examples
    --------
    >>> [finding.found for finding in examine([Check("news", lambda: [Finding("", "weather", "ok", "fine")])])]
    ['fine']
    """
    asked = [] if database_url is None else [Check("database", partial(database.named, database_url))]
    for topic, look in (*checks, *asked):
        for finding in _patiently(look, patience_s):
            yield replace(finding, topic=topic)


def _patiently(look: Callable[[], list[Finding]], patience_s: float) -> list[Finding]:
    """Make a check in a thread of its own; what it raises, or keeps us waiting, is a finding."""
    name = getattr(look, "__name__", "database")
    found: list[Finding] = []

    def work() -> None:
        try:
            found.extend(look())
        except Exception as error:  # whatever goes wrong here is what the user wants to know
            why = f"{type(error).__name__}: {error}"
            found.append(problem(name, why, "this should work", "simulator doctor -v"))

    thread = threading.Thread(target=work, name=f"doctor: {name}", daemon=True)
    thread.start()
    thread.join(patience_s)
    if thread.is_alive():
        means = "what needs it would wait, too"
        return [problem(name, f"no answer within {patience_s:g} s", means, "see the system's log")]
    return found
