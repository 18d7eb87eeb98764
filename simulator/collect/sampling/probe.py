"""Finds out at the start what the sensors are: how often they bring a new value, how long a reading takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from simulator.collect.sampling.loop import SAFE_PERIOD_NS
from simulator.collect.sampling.period import SENSORS, change_period_ns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.collect.clock import Clock
    from simulator.collect.sampling.loop import Gpu

__all__ = ["GpuProbe", "Probe", "choose_period_ms", "probe"]

#: Pause between two readings of a probe [ns]: fine enough for the fastest sensor known (10 ms), and it spares the GPU.
PAUSE_NS = 1_000_000

#: Periods to sample with [ms], and the update period up to which the shorter one gains anything. Every 20 ms, readings
#: would keep step with a counter of 20 ms, and always be as late as the first.
SLOW_PERIOD_MS, FAST_PERIOD_MS, FAST_SENSOR_MS = SAFE_PERIOD_NS / 1e6, 17.0, 35.0


@dataclass(frozen=True)
class GpuProbe:
    """What the sensors of one GPU are.

    Parameters
    ----------
    uuid
        The GPU.
    energy_period_ms, instant_period_ms, average_period_ms
        Median update period of the energy counter, the instantaneous power and the 1 s mean [ms]; None: the value
        did not change while it was probed, or cannot be read.
    instant_source
        What the instantaneous power comes from: ``"instant"`` (field 186) or ``"power_usage"``.
    energy_supported
        Whether there is an energy counter.
    average_supported
        Whether there is a 1 s mean.
    call_latency_us
        Median duration of one reading of all fields [us].
    constant
        Whether no value changed at all, so that nothing is known of any period; probe again under load.
    zero_reads
        Readings of zero where the same sensor had a value at other times.
    failed_reads
        Readings that failed where the same sensor had a value at other times.
    reads
        Readings made.
    """

    uuid: str
    energy_period_ms: float | None
    instant_period_ms: float | None
    average_period_ms: float | None
    instant_source: str
    energy_supported: bool
    average_supported: bool
    call_latency_us: float
    constant: bool
    zero_reads: int
    failed_reads: int
    reads: int


@dataclass(frozen=True)
class Probe:
    """What the sensors of all GPUs of a job are, and the period chosen to sample them with.

    Parameters
    ----------
    gpus
        One entry per GPU, in the job's order.
    period_ms
        Time between two samples [ms].
    """

    gpus: tuple[GpuProbe, ...]
    period_ms: float

    def to_json(self) -> dict[str, Any]:
        """Turn into what JSON can hold."""
        return {"gpus": [asdict(gpu) for gpu in self.gpus], "period_ms": self.period_ms}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Probe:
        """Make again what `to_json` wrote."""
        return cls(tuple(GpuProbe(**gpu) for gpu in content["gpus"]), content["period_ms"])


def probe(
    gpus: Sequence[Gpu],
    *,
    clock: Clock,
    seconds: float = 1.5,
    period_ms: float | None = None,
    between: Callable[[], None] | None = None,
) -> Probe:
    """Read each GPU in turn, as fast as is reasonable, and find out how often its values change.

    Parameters
    ----------
    gpus
        The job's GPUs, in the job's order.
    clock
        Tells the time.
    seconds
        How long to read each GPU [s].
    period_ms
        Period to sample with [ms]; without it, `choose_period_ms` chooses.
    between
        Called after each reading; it may sample meanwhile.

    Returns
    -------
    Probe
        What was found.
    """
    found = tuple(_probe_gpu(gpu, clock, seconds, between) for gpu in gpus)
    return Probe(found, choose_period_ms(found) if period_ms is None else float(period_ms))


def choose_period_ms(gpus: Sequence[GpuProbe]) -> float:
    """Choose the period to sample with: 17 ms if a GPU has a counter of about 20 ms that bears it, else 53 ms.

    At windows of 5 s, a counter of 100 ms gains nothing from more readings than one each 53 ms; one of 20 ms does:
    the 95th percentile of the error falls from 0.49 % to below 0.15 %.

    Parameters
    ----------
    gpus
        What was found. Where there is no energy counter, its power counts.

    Returns
    -------
    float
        The period [ms].
    """
    if any(gpu.zero_reads or gpu.failed_reads for gpu in gpus):
        return SLOW_PERIOD_MS
    sensors_ms = [gpu.energy_period_ms if gpu.energy_supported else gpu.instant_period_ms for gpu in gpus]
    fast = any(period_ms is not None and period_ms <= FAST_SENSOR_MS for period_ms in sensors_ms)
    return FAST_PERIOD_MS if fast else SLOW_PERIOD_MS


def _probe_gpu(gpu: Gpu, clock: Clock, seconds: float, between: Callable[[], None] | None) -> GpuProbe:
    reader = gpu.fast_reader()
    times_ns: list[int] = []
    latencies_ns: list[int] = []
    values: dict[str, list[int | None]] = {sensor: [] for sensor in SENSORS}
    clock.sleep_until(clock.monotonic_ns() + PAUSE_NS)  # making the reader was a reading
    end_ns = clock.monotonic_ns() + round(seconds * 1e9)
    while not times_ns or clock.monotonic_ns() < end_ns:
        before_ns = clock.monotonic_ns()
        reading = reader.read()
        after_ns = clock.monotonic_ns()
        times_ns.append((before_ns + after_ns) // 2)
        latencies_ns.append(after_ns - before_ns)
        for sensor, column in SENSORS.items():
            values[sensor].append(getattr(reading, column))
        if between is not None:
            between()
        clock.sleep_until(after_ns + PAUSE_NS)
    worked = [seen for seen in values.values() if any(seen)]
    periods_ms = {f"{sensor}_period_ms": _period_ms(times_ns, seen) for sensor, seen in values.items()}
    return GpuProbe(
        uuid=gpu.uuid,
        **periods_ms,
        instant_source=reader.instant_source,
        energy_supported=any(values["energy"]),
        average_supported=any(values["average"]),
        call_latency_us=median(latencies_ns) / 1e3,
        constant=all(len(set(filter(None, seen))) <= 1 for seen in worked),
        zero_reads=sum(seen.count(0) for seen in worked),
        failed_reads=sum(seen.count(None) for seen in worked),
        reads=len(times_ns),
    )


def _period_ms(times_ns: Sequence[int], values: Sequence[int | None]) -> float | None:
    """Estimate a sensor's period, without the readings that failed or were zero."""
    read = [(time_ns, value) for time_ns, value in zip(times_ns, values, strict=True) if value]
    period_ns = change_period_ns([time_ns for time_ns, _ in read], [value for _, value in read])
    return None if period_ns is None else period_ns / 1e6
