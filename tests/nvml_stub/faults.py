"""What can be made to go wrong with a simulated GPU, as the numbers that the library knows it by."""

from __future__ import annotations

FOREVER = 2**63 - 1

#: Groups of calls, in the order of model.h.
GROUPS = (
    *("init", "count", "handle", "identity", "limits", "enforced", "set_limit", "persistence", "set_persistence"),
    *("power_usage", "energy", "fields", "samples", "temperature", "clocks", "reasons", "utilization", "memory"),
    *("pids", "ecc", "mig", "pstate", "architecture", "system"),
)
#: Calls that concern no GPU, so that a lost GPU does not fail them.
LIBRARY = ("init", "count", "system")
FAIL, FIELD, ZERO, SLOW, RESET, FOREIGN = range(1, 7)


def mask(groups):
    """Write groups of calls, or "all" for those of a GPU, as the library's bits."""
    if groups == "all":
        groups = [name for name in GROUPS if name not in LIBRARY]
    elif isinstance(groups, str):
        groups = [groups]
    return sum(1 << GROUPS.index(name) for name in groups)


#: Each kind, as a function of its words: (number of the kind, what it concerns, code or nanoseconds).
KINDS = {
    "no_permission": lambda groups=("set_limit", "set_persistence"): (FAIL, mask(groups), 4),
    "not_supported": lambda groups="set_limit": (FAIL, mask(groups), 3),
    "no_function": lambda groups="reasons": (FAIL, mask(groups), 13),
    "driver_not_loaded": lambda: (FAIL, mask("init"), 9),
    "lost": lambda: (FAIL, mask("all"), 15),
    "failing": lambda groups=("fields", "power_usage", "energy"), code=999: (FAIL, mask(groups), code),
    "field_failing": lambda field=83, code=3: (FIELD, field, code),
    "zero_reads": lambda groups=("fields", "power_usage", "energy"): (ZERO, mask(groups), 0),
    "slow_calls": lambda ms=5, groups="all": (SLOW, mask(groups), int(ms * 1e6)),
    "counter_reset": lambda: (RESET, 1, 0),
}
