"""Between two runs: let the GPU cool down, and measure what it draws when nothing runs."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.collect.clock import Clock
    from simulator.collect.plan import Measure
    from simulator.collect.run.sensors import Sensors

__all__ = ["Idle", "busy"]

_LOOK_NS = 250_000_000

#: A sampler tells once a second what GPUs say; how long to wait for it at most [ns].
_WORD_NS = 3_000_000_000

#: An idle GPU that is used more than this is not idle [%].
_BUSY_PCT = 10


class Idle:
    """Waits until the GPUs are as they were before the first run.

    Parameters
    ----------
    measure
        How long, and how cool.
    clock
        Tells the time.
    first_c
        Temperature of the hottest GPU before the first run [°C]; None: this is the first.
    """

    def __init__(self, measure: Measure, clock: Clock, first_c: float | None = None) -> None:
        self._measure = measure
        self._clock = clock
        self._first_c = first_c
        self._ran = first_c is not None

    def cool_down(self, sensors: Sensors) -> float:
        """Wait after a run; nothing before the first one.

        Returns
        -------
        float
            How long it took [s].
        """
        if not self._ran:
            return 0.0
        start_ns = self._clock.monotonic_ns()
        least_ns = start_ns + round(self._measure.cooldown_s * 1e9)
        most_ns = start_ns + round(max(self._measure.cooldown_s, self._measure.cooldown_max_s) * 1e9)
        self._clock.sleep_until(least_ns)
        while self._clock.monotonic_ns() < most_ns and not self._cool(sensors):
            self._clock.sleep_until(min(most_ns, self._clock.monotonic_ns() + _LOOK_NS))
        return (self._clock.monotonic_ns() - start_ns) / 1e9

    def baseline(self, sensors: Sensors) -> dict[str, Any]:
        """Let the sampler record idle GPUs for a while.

        Returns
        -------
        dict
            When (``start_ns``, ``end_ns``), and ``temperature_c``, ``utilization_pct``, ``memory_used_b`` and ``pids``
            of each GPU then.
        """
        start_ns = self._clock.monotonic_ns()
        self._clock.sleep_until(start_ns + round(self._measure.baseline_s * 1e9))
        found: dict[str, Any] = {"start_ns": start_ns, "end_ns": self._clock.monotonic_ns()}
        while not sensors.gpus(since_ns=start_ns) and self._clock.monotonic_ns() < found["end_ns"] + _WORD_NS:
            self._clock.sleep_until(self._clock.monotonic_ns() + _LOOK_NS // 5)
        for column in ("temperature_c", "utilization_pct", "memory_used_b", "pids"):
            found[column] = sensors.values(column, since_ns=start_ns)  # what was said before is of the run before
        if found["temperature_c"]:
            self._first_c = max(found["temperature_c"]) if self._first_c is None else self._first_c
        self._ran = True
        return found

    def _cool(self, sensors: Sensors) -> bool:
        now_c = sensors.values("temperature_c")
        if not now_c or self._first_c is None:
            return True
        return bool(max(now_c) <= self._first_c + self._measure.cooldown_within_c)


def busy(baseline: dict[str, Any]) -> str:
    """Say what used the GPUs when nothing of ours did; empty if nothing did."""
    pids = sorted({pid for listed in baseline["pids"] for pid in listed})
    if pids:
        return f"processes {pids} were on the GPU before the run"
    used = baseline["utilization_pct"]
    if used and fmean(used) > _BUSY_PCT:
        return f"the GPU was used {fmean(used):.0f} % before the run"
    return ""
