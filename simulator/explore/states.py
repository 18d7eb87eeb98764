"""What has become of a cell."""

from __future__ import annotations

__all__ = ["BLOCKED", "CANCELLED", "DONE", "ENDED", "FAILED", "PENDING", "RUNNING", "STATES", "STOPPED"]

#: Not begun, or begun and ended without a result; it will be run.
PENDING = "pending"
#: Handed to an executor.
RUNNING = "running"
#: It has a result.
DONE = "done"
#: It raised, or ended without a result too often; it runs again when it is asked to.
FAILED = "failed"
#: A user does not want it to run.
CANCELLED = "cancelled"
#: It was surely dominated in a race; the reason is kept.
STOPPED = "stopped"
#: Something that it depends on has failed.
BLOCKED = "blocked"

STATES = (PENDING, RUNNING, DONE, FAILED, CANCELLED, STOPPED, BLOCKED)
#: States that a run leaves as they are.
ENDED = (DONE, FAILED, CANCELLED, STOPPED)
