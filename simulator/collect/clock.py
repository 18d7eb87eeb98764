"""The two clocks of a machine, and waiting for a moment: real ones here, manual ones in tests.

The monotonic clock is the time base of everything that is collected; it never steps. The realtime clock joins it to
the stamps of NVML and to logs, and may be set by anybody at any time.
"""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock", "wall_pair"]


class Clock(Protocol):
    """Tells the time, and waits for a moment."""

    def monotonic_ns(self) -> int:
        """Time that never steps, from an origin of its own [ns]."""
        ...

    def realtime_ns(self) -> int:
        """Time since 1970, as the machine believes it [ns]."""
        ...

    def sleep_until(self, mono_ns: int) -> None:
        """Return once the monotonic clock shows ``mono_ns`` [ns] or later; at once if it does."""
        ...


class SystemClock:
    """The clocks of this machine: CLOCK_MONOTONIC, the same for all its processes, and CLOCK_REALTIME.

    Examples
    --------
    >>> clock = SystemClock()
    >>> soon_ns = clock.monotonic_ns() + 1_000_000
    >>> clock.sleep_until(soon_ns)
    >>> clock.monotonic_ns() >= soon_ns
    True
    """

    def monotonic_ns(self) -> int:
        """Read CLOCK_MONOTONIC [ns]."""
        return time.monotonic_ns()

    def realtime_ns(self) -> int:
        """Read CLOCK_REALTIME [ns since 1970]."""
        return time.time_ns()

    def sleep_until(self, mono_ns: int) -> None:
        """Sleep until the monotonic clock shows ``mono_ns`` [ns]."""
        while (rest_ns := mono_ns - time.monotonic_ns()) > 0:
            time.sleep(rest_ns / 1e9)


def wall_pair(clock: Clock) -> tuple[int, int]:
    """Read both clocks as nearly at once as can be.

    Parameters
    ----------
    clock
        The clock.

    Returns
    -------
    mono_ns, wall_ns : int
        The same moment on the monotonic and on the realtime clock [ns]; wrong by half the time that three readings
        take, far below a microsecond unless the process was interrupted between them.
    """
    before_ns = clock.monotonic_ns()
    wall_ns = clock.realtime_ns()
    return (before_ns + clock.monotonic_ns()) // 2, wall_ns
