"""Says why a job ended without its chunk's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.explore.executors.slurm.commands import exit_of

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.explore.executors.slurm.commands import Seen

__all__ = ["ENDED", "HOPELESS", "tail", "why_ended"]

#: States that no job leaves, and what they mean; a job that is queued again is in none of them.
ENDED = {
    "BOOT_FAIL": "its machine did not start",
    "CANCELLED": "it was cancelled in Slurm",
    "COMPLETED": "it ended without a result",
    "DEADLINE": "it could not end before its deadline",
    "FAILED": "it ended without a result",
    "NODE_FAIL": "its machine failed",
    "OUT_OF_MEMORY": "it needed more memory than it may have (setting mem_gb)",
    "PREEMPTED": "another job went before it",
    "REVOKED": "it ran in another cluster",
    "TIMEOUT": "its time was up (setting time_min)",
}
#: Reasons why a job waits that waiting does not change.
HOPELESS = (
    "BadConstraints",
    "DependencyNeverSatisfied",
    "launch failed requeued held",
    "PartitionTimeLimit",
    "PartitionNodeLimit",
)
#: How much of a log is told.
TAIL = 400


def why_ended(job: str, seen: Seen | None, log: Path) -> str:
    """Say why a job ended.

    Parameters
    ----------
    job
        Job, or ``array_task``.
    seen
        What Slurm says of it; None if it does not know it any more.
    log
        Its stderr.

    Returns
    -------
    str
        In one line, with the end of the log.
    """
    if seen is None:
        words = "Slurm does not know it any more"
    else:
        ended = exit_of(job) if seen.state in ("COMPLETED", "FAILED") else None
        words = f"{ENDED.get(seen.state, 'it is ' + seen.state)} ({ended or seen.state})"
    end = tail(log)
    return f"job {job}: {words}" + (f"; its log ends: {end}" if end else "")


def tail(log: Path) -> str:
    """Return the end of a log in one line; empty if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return " | ".join(line.strip() for line in text.splitlines() if line.strip())
