"""Why a replay breaks off, as whole numbers below those of policies (`simulator.policy.outcome`)."""

from __future__ import annotations

__all__ = ["FIRST_FAILED", "FULL", "GIVEN_UP", "NOT_FEASIBLE", "NO_LIMIT", "NO_ROWS", "NO_SLICE"]

#: The first recurrence missed the target at its first try, which is assumed to reach it.
FIRST_FAILED = -101

#: A recurrence, or submission, failed too often.
GIVEN_UP = -102

#: A drifting trace has no slice for this recurrence.
NO_SLICE = -103

#: A feasible batch size has no rows for the job's target.
NO_ROWS = -104

#: The default batch size is not feasible; a power policy chose a limit that is not recorded.
NOT_FEASIBLE, NO_LIMIT = -105, -106

#: Compiled code ran out of room; it is run again with more.
FULL = -107
