"""One GPU over time: what it draws now and in the last second, its last minute, its energy since the beginning."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from simulator.collect.nvml import SlowReading
from simulator.collect.nvml.codes import GPU_IS_LOST, RESET_REQUIRED, SUCCESS, reason_names

if TYPE_CHECKING:
    from simulator.collect.nvml import Device, FastReading

__all__ = ["HISTORY_S", "Gauge", "GpuView"]

#: How far back the history of power reaches [s], one value a second.
HISTORY_S = 60

#: Power held for longer than this between two readings is no power that was read [ns].
_LONGEST_NS = 2_000_000_000

_SECOND_NS = 1_000_000_000

#: Of a GPU that tells nothing.
_NOTHING = SlowReading(*(None for _ in SlowReading._fields))


@dataclass(frozen=True, kw_only=True)
class GpuView:
    """What one GPU does right now; what it does not tell is None.

    Parameters
    ----------
    index, uuid, name
        Who it is.
    lost
        Whether it does not answer any more.
    code
        NVML's return code of the last reading of power, 0 if it was read.
    power_instant_w
        Power over tens of milliseconds [W].
    power_average_w
        Power over the last second [W].
    average_source
        What that is: ``"sensor"``, or ``"readings"`` for the mean of the instantaneous ones where there is no sensor.
    requested_limit_w, enforced_limit_w
        The power limit that was asked for, and the one that holds [W].
    sm_clock_mhz, memory_clock_mhz
        Clocks [MHz].
    reasons
        Why clocks are not higher, in the words of `simulator.collect.nvml.codes.reason_names`.
    temperature_c
        Temperature [°C].
    utilization_pct
        Share of the last period in which a kernel ran [%].
    memory_used_b, memory_total_b
        Memory in use, and all of it [bytes].
    pstate
        Performance state, 0 the fastest.
    pids
        Processes that compute on it.
    energy_j
        Energy since watching began [J].
    energy_source
        ``"counter"``, or ``"power"`` where there is no energy counter and power was held from reading to reading.
    history_w
        Mean power of each of the last seconds, the latest last, at most a minute [W]; None where nothing was read.
    """

    index: int
    uuid: str
    name: str
    lost: bool
    code: int
    power_instant_w: float | None
    power_average_w: float | None
    average_source: str | None
    requested_limit_w: float | None
    enforced_limit_w: float | None
    sm_clock_mhz: int | None
    memory_clock_mhz: int | None
    reasons: tuple[str, ...] | None
    temperature_c: int | None
    utilization_pct: int | None
    memory_used_b: int | None
    memory_total_b: int | None
    pstate: int | None
    pids: tuple[int, ...] | None
    energy_j: float | None
    energy_source: str | None
    history_w: tuple[float | None, ...]


class Gauge:
    """Reads one GPU again and again, and remembers what a view of it takes.

    Parameters
    ----------
    device
        The GPU.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._reader = device.fast_reader()
        self._memory_total_b: int | None = device.facts()["memory_total_b"]
        self._code = SUCCESS
        self._average_w: float | None = None
        self._recent: deque[tuple[int, float]] = deque()  # of the last second: when [ns], and power [W]
        self._second: list[float] = []
        self._history: deque[float | None] = deque(maxlen=HISTORY_S)
        self._energy = _Energy()

    def read(self, now_ns: int) -> None:
        """Read power and energy; never raises.

        Parameters
        ----------
        now_ns
            The time, on the monotonic clock [ns].
        """
        reading = self._reader.read()
        power_w = _watts(reading.power_instant_mw)
        self._code = reading.instant_code
        self._average_w = _watts(reading.power_average_mw)
        self._energy.add(now_ns, power_w, reading)
        while self._recent and self._recent[0][0] <= now_ns - _SECOND_NS:
            self._recent.popleft()
        if power_w is not None:
            self._recent.append((now_ns, power_w))
            self._second.append(power_w)

    def end_second(self) -> None:
        """Let another value of the history begin."""
        self._history.append(fmean(self._second) if self._second else None)
        self._second = []

    @property
    def lost(self) -> bool:
        """Whether the GPU does not answer any more."""
        return self._code in (GPU_IS_LOST, RESET_REQUIRED)

    def view(self) -> GpuView:
        """Read what else there is to see, and put all of it together."""
        slow = _NOTHING if self.lost else self._device.read_slow()
        known = None if self.lost or self._code != SUCCESS or not self._recent else self._recent[-1][1]
        average_w, source = self._average_w, "sensor"
        if average_w is None and known is not None:
            average_w, source = fmean(power_w for _, power_w in self._recent), "readings"
        return GpuView(
            index=self._device.index,
            uuid=self._device.uuid,
            name=self._device.name,
            lost=self.lost,
            code=self._code,
            power_instant_w=known,
            power_average_w=average_w,
            average_source=None if average_w is None else source,
            requested_limit_w=_watts(slow.requested_limit_mw),
            enforced_limit_w=_watts(slow.enforced_limit_mw),
            sm_clock_mhz=slow.sm_clock_mhz,
            memory_clock_mhz=slow.memory_clock_mhz,
            reasons=None if slow.event_reasons is None else reason_names(slow.event_reasons),
            temperature_c=slow.temperature_c,
            utilization_pct=slow.utilization_pct,
            memory_used_b=slow.memory_used_b,
            memory_total_b=self._memory_total_b,
            pstate=slow.pstate,
            pids=None if slow.pids is None else tuple(slow.pids),
            energy_j=self._energy.total_j,
            energy_source=self._energy.source,
            history_w=tuple(self._history),
        )


class _Energy:
    """Adds up energy: by the counter where there is one, besides by power."""

    def __init__(self) -> None:
        self._counter_j: float | None = None
        self._held_j: float | None = None
        self._last_mj: int | None = None
        self._last: tuple[int, float] | None = None

    def add(self, now_ns: int, power_w: float | None, reading: FastReading) -> None:
        """Take in a reading. A counter of zero was not read; one that went down began anew."""
        if reading.energy_mj:
            more_mj = 0 if self._last_mj is None else max(0, reading.energy_mj - self._last_mj)
            self._counter_j = (self._counter_j or 0.0) + more_mj / 1e3
            self._last_mj = reading.energy_mj
        if power_w is not None:
            self._held_j = self._held_j or 0.0
            if self._last is not None and now_ns - self._last[0] <= _LONGEST_NS:
                self._held_j += self._last[1] * (now_ns - self._last[0]) / 1e9
            self._last = now_ns, power_w

    @property
    def total_j(self) -> float | None:
        """Energy so far [J]; None if nothing was ever read."""
        return self._held_j if self._counter_j is None else self._counter_j

    @property
    def source(self) -> str | None:
        """What tells it."""
        if self._counter_j is not None:
            return "counter"
        return None if self._held_j is None else "power"


def _watts(power_mw: int | None) -> float | None:
    """Turn into watts; zero is what some drivers answer instead of a reading."""
    return power_mw / 1e3 if power_mw else None
