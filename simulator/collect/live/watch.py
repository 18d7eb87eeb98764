"""All GPUs, and the collection that runs on them, once a second."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from simulator.collect.clock import SystemClock, wall_pair
from simulator.collect.live.gauge import Gauge, GpuView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.collect.clock import Clock
    from simulator.collect.live.course import Course, CourseReader
    from simulator.collect.nvml import Device

__all__ = ["View", "watch"]

#: How often power is read within a second: often enough for a mean, and nothing that a GPU would feel.
READS_PER_S = 5

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class View:
    """What there is to see at one moment.

    Parameters
    ----------
    time_s
        Since watching began [s].
    wall_ns
        When, since 1970 [ns].
    gpus
        A view of each GPU.
    course
        How far the collection is; None if none is watched.
    """

    time_s: float
    wall_ns: int
    gpus: tuple[GpuView, ...]
    course: Course | None = None

    def to_json(self) -> dict[str, Any]:
        """Turn into what JSON can hold, without the history of power: whoever keeps the views has it."""
        content = asdict(self)
        for gpu in content["gpus"]:
            del gpu["history_w"]
        return content


def watch(
    devices: Sequence[Device],
    *,
    seconds: float | None = None,
    course: CourseReader | None = None,
    clock: Clock | None = None,
) -> Iterator[View]:
    """Watch GPUs, while NVML is in use: a view at once, and one each second.

    Nothing is set, and a GPU that is lost stays in view as lost.

    Parameters
    ----------
    devices
        The GPUs; none, if only a collection is watched.
    seconds
        How long [s]; None: without end. 0 gives one view.
    course
        A collection to look at, too.
    clock
        Tells the time; None: the system's clocks.

    Yields
    ------
    View
        What there is to see. Where somebody takes longer than a second with one, the seconds in between are left out.

    Raises
    ------
    CollectError
        If the collection cannot be understood.

    Examples
    --------
    >>> with nvml():  # doctest: +SKIP
    ...     for view in watch(find_gpus(), seconds=10):
    ...         print(view.gpus[0].power_average_w)
    """
    clock = clock or SystemClock()
    gauges = [Gauge(device) for device in devices]
    start_ns, wall_ns = wall_pair(clock)
    now_ns, ticks = start_ns, 0
    while True:
        for gauge in gauges:
            gauge.read(now_ns)
        if ticks % READS_PER_S == 0:
            now_ns, wall_ns = wall_pair(clock)
            for gauge in gauges:
                gauge.end_second()
            yield View(
                time_s=(now_ns - start_ns) / 1e9,
                wall_ns=wall_ns,
                gpus=tuple(gauge.view() for gauge in gauges),
                course=None if course is None else course.read(),
            )
        step_ns = _SECOND_NS // READS_PER_S
        ticks = max(ticks + 1, (clock.monotonic_ns() - start_ns) // step_ns // READS_PER_S * READS_PER_S)
        next_ns = start_ns + ticks * step_ns
        if seconds is not None and next_ns - start_ns > seconds * 1e9:
            return
        clock.sleep_until(next_ns)
        now_ns = clock.monotonic_ns()
