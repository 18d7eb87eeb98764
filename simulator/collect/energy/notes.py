"""What the slow samples say about a window: throttling, other processes, a limit that was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

__all__ = ["notes"]

#: Event reasons that mean the hardware protects itself (nvml.h, nvmlClocksEventReason*): hardware slowdown 0x08,
#: software thermal slowdown 0x20, hardware thermal slowdown 0x40, power brake 0x80. The software power cap 0x04 is not
#: among them: it is what a power limit is for.
_THROTTLED = 0x08 | 0x20 | 0x40 | 0x80

#: Counters of nanoseconds spent so.
_COUNTERS = ("hw_thermal_ns", "power_brake_ns", "sw_thermal_ns")

#: Slow samples come once a second: one on each side of the window still belongs to it.
_SIDE_NS = 1_500_000_000


def notes(
    slow: pd.DataFrame,
    start_ns: int,
    end_ns: int,
    *,
    limit_mw: int | None = None,
    job_pids: Collection[int] | None = None,
) -> set[str]:
    """Say what happened on the GPUs during a window that makes its numbers special.

    Parameters
    ----------
    slow
        Slow samples, about one a second.
    start_ns, end_ns
        The window, in CLOCK_MONOTONIC [ns].
    limit_mw
        The power limit that should be enforced [mW]; without it, the limit may have any value but must not change.
    job_pids
        Every process that the job had at any time. In a container NVML may list processes by the host's numbers, or
        none: if none that was ever listed is the job's, nothing is said, because nobody could tell whose they are.

    Returns
    -------
    set of str
        Any of ``throttled``, ``foreign_process``, ``limit_changed``.
    """
    found: set[str] = set()
    for _, rows in slow.groupby("gpu"):
        ordered = rows.sort_values("mono_ns", kind="stable")
        near = _between(ordered, start_ns - _SIDE_NS, end_ns + _SIDE_NS)
        inside = _between(ordered, start_ns, end_ns)
        seen = inside if len(inside) else near  # windows may lie between two samples
        if _throttled(near, seen):
            found.add("throttled")
        if _limit_changed(inside, _between(near, end_ns, end_ns + _SIDE_NS)[:1], near, limit_mw):
            found.add("limit_changed")
        if job_pids and _listed(slow) & set(job_pids) and _listed(seen) - set(job_pids):
            found.add("foreign_process")
    return found


def _between(rows: pd.DataFrame, start_ns: int, end_ns: int) -> pd.DataFrame:
    times = rows["mono_ns"].to_numpy(np.int64)
    return rows[(times >= start_ns) & (times <= end_ns)]


def _listed(rows: pd.DataFrame) -> set[int]:
    """Give every process that was seen on a GPU."""
    return {pid for listed in rows.get("pids", ()) for pid in _pids(listed)}


def _pids(listed: object) -> list[int]:
    """Read one cell of the list column, which may be null."""
    return [int(pid) for pid in listed] if isinstance(listed, list | tuple | np.ndarray) else []


def _throttled(near: pd.DataFrame, seen: pd.DataFrame) -> bool:
    """By the reasons seen, or by counters that grew between the samples around the window."""
    reasons = _known(seen, "event_reasons")
    if np.any(reasons.astype(np.int64) & _THROTTLED):
        return True
    return any(len(values) > 1 and values[-1] > values[0] for values in (_known(near, name) for name in _COUNTERS))


def _limit_changed(inside: pd.DataFrame, after: pd.DataFrame, near: pd.DataFrame, limit_mw: int | None) -> bool:
    """By the limits seen inside and first after it, up to when it may have changed inside.

    Without any inside, by those next to it, one of which may be from before a change.
    """
    limits = np.concatenate([_known(rows, "enforced_limit_mw") for rows in (inside, after)])
    if not len(_known(inside, "enforced_limit_mw")):
        limits = _known(near, "enforced_limit_mw")
        return limit_mw is not None and len(limits) > 0 and not np.any(limits == limit_mw)
    return bool(np.any(limits != (limits[0] if limit_mw is None else limit_mw)))


def _known(rows: pd.DataFrame, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give the values of a column that are not null; none if there is no such column."""
    if name not in rows.columns:
        return np.empty(0)
    return rows[name].dropna().to_numpy(np.float64)
