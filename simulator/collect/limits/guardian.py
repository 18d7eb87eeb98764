"""The process that gives limits back when its controller dies, however that happens.

``python -m simulator.collect.limits.guardian JOURNAL PID`` has a session of its own and ignores what stops other
programs. It says that it is ready, then waits on its standard input: a word means that all was given back, and an end
without that word means that the controller is gone. It learns of that death from the process itself too, because a
child of the controller may hold the other end of the pipe.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.collect.limits.giving_back import failures_of, give_back
from simulator.collect.limits.guard import DONE, READY, RETRIES_S
from simulator.collect.limits.journal import Journal
from simulator.collect.nvml import nvml

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Watch a controller.

    Parameters
    ----------
    arguments
        Path of the journal, process id of the controller.

    Returns
    -------
    int
        0 if all is given back, 1 if the journal keeps what could not be.
    """
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, signal.SIG_IGN)
    journal, pid = Journal.read(Path(arguments[0])), int(arguments[1])
    with ExitStack() as driver:
        driver.enter_context(nvml())  # loaded now, so that giving back takes milliseconds later
        watched, patience_ms = _watch(pid)  # while the controller waits: once it goes on, it may die at any moment
        with suppress(OSError):  # the controller is dead already: then its journal is all there is to do
            os.write(sys.stdout.fileno(), f"{READY}\n".encode())
        _silence()
        if _wait(watched, patience_ms):
            return 0
        failures = failures_of(give_back(journal, journal.command))
    for pause_s in RETRIES_S:
        if not failures:
            break
        _keep(journal, failures)  # also for who asks meanwhile, or if this process is killed too
        time.sleep(pause_s)
        journal = _only(journal, failures)
        failures = failures_of(give_back(journal, journal.command))  # loads the driver's library again
    _keep(journal, failures)
    return int(bool(failures))


def _watch(pid: int) -> tuple[select.poll, int | None]:
    """Listen to a controller; how long to wait for its word or its death [ms], None for as long as it lives."""
    watched = select.poll()
    watched.register(sys.stdin, select.POLLIN)
    try:
        watched.register(os.pidfd_open(pid), select.POLLIN)
    except ProcessLookupError:  # it is dead; whether it said the word, the pipe knows
        return watched, 0
    except (AttributeError, OSError):  # not every system can: then the pipe alone tells
        return watched, None
    return watched, None


def _wait(watched: select.poll, patience_ms: int | None) -> bool:
    """Wait for the controller's word or its death; whether it was the word."""
    while True:
        ready = [descriptor for descriptor, _ in watched.poll(patience_ms)]
        if sys.stdin.fileno() not in ready:
            return False
        said = os.read(sys.stdin.fileno(), 1)
        if said in (b"", DONE):
            return said == DONE


def _silence() -> None:
    """Let go of what the controller reads: nobody may read it any more, and nobody shall wait for its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _only(journal: Journal, failures: dict[str, str]) -> Journal:
    """Narrow a journal to what could not be given back."""
    return replace(journal, gpus={uuid: journal.gpus[uuid] for uuid in failures})


def _keep(journal: Journal, failures: dict[str, str]) -> None:
    """Bring the journal to what is left; if the disk is full, it goes on saying what it said, which is more."""
    with suppress(OSError):
        journal.settle(failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
