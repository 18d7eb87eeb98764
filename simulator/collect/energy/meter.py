"""The energy of any window, from what the sampler recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.collect.energy.alias import alias_risk
from simulator.collect.energy.counter import Estimate, counter_energy, updates_inside
from simulator.collect.energy.flags import INVALID
from simulator.collect.energy.held import MEAN_WINDOW_S, held_energy, instant_energy
from simulator.collect.energy.readings import Readings, readings_of
from simulator.collect.energy.updates import Updates, typical_interval_s, updates_of
from simulator.collect.energy.window import GpuWindow, Window
from simulator.errors import SampleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["Meter"]

#: Longest time without a usable reading that a window may contain [s].
_GAP_S = 1.0

#: The 1 s mean is compared from this length of window on [s].
_MEAN_FROM_S = 20.0

#: Two sensors that differ by more disagree.
_DISAGREE = 0.03

#: An uncertainty above this share of the energy is flagged.
_UNCERTAIN = 0.005

#: What no GPU draws, for want of its own limit [W].
_MOST_W = 2000.0

#: Updates that a counter missed before it counts as standing still.
_STILL = 10


class _Gpu(NamedTuple):
    """What is prepared once for each GPU."""

    readings: Readings
    updates: Updates | None
    period_s: float


class Meter:
    """Measures windows within recorded samples.

    Parameters
    ----------
    samples
        Fast samples of the job's GPUs, any order of rows.
    update_period_s
        How often each GPU's energy counter updates, by position [s], as probed; None, for one or all: found from the
        samples.
    max_power_w
        The highest power limit of each GPU's board [W]; a counter that adds 1.5 times as much has jumped. None: 2 kW.

    Raises
    ------
    SampleError
        If there are no samples, columns are missing, or rows lack a time.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> ns = np.arange(0, 10_000_000_000, 50_000_000)  # 10 s at a steady 200 W, a counter that updates every 100 ms
    >>> samples = pd.DataFrame({"gpu": 0, "before_ns": ns, "after_ns": ns + 20_000, "power_instant_mw": 200_000,
    ...     "power_average_mw": 200_000, "energy_mj": 5_000_000 + ns // 100_000_000 * 20_000})
    >>> window = Meter(samples, update_period_s=[0.1]).window(2_000_000_000, 8_000_000_000)
    >>> round(window.energy_j), window.source, window.valid
    (1200, 'counter', True)
    """

    def __init__(
        self,
        samples: pd.DataFrame,
        *,
        update_period_s: Sequence[float | None] | None = None,
        max_power_w: Sequence[float | None] | None = None,
    ) -> None:
        if not len(samples):
            raise SampleError("no samples: nothing was recorded, so no window has a known energy")
        readings = {}
        if "before_ns" in samples.columns and samples["before_ns"].notna().all():
            self._zero_ns = int(samples["before_ns"].min())
        else:
            self._zero_ns = 0
        readings = readings_of(samples, self._zero_ns)
        self._gpus = {
            gpu: _prepare(found, _at(update_period_s, gpu), _at(max_power_w, gpu) or _MOST_W)
            for gpu, found in readings.items()
        }

    def window(self, start_ns: int, end_ns: int, *, step_times_s: Sequence[float] | None = None) -> Window:
        """Measure the energy between two moments. Contiguous epochs are one window: from the first to the last edge.

        Parameters
        ----------
        start_ns, end_ns
            The window, in CLOCK_MONOTONIC [ns].
        step_times_s
            Durations of iterations inside [s], to tell whether they keep step with the sensor.

        Returns
        -------
        Window
            What is known; its flags say what stands against it.

        Raises
        ------
        SampleError
            If the window does not end after it starts.
        """
        if end_ns <= start_ns:
            raise SampleError(f"window of {(end_ns - start_ns) / 1e9:g} s: it must end after it starts")
        start_s, end_s = (start_ns - self._zero_ns) / 1e9, (end_ns - self._zero_ns) / 1e9
        gpus = tuple(_measure(number, gpu, start_s, end_s, step_times_s) for number, gpu in self._gpus.items())
        flags = {flag for gpu in gpus for flag in gpu.flags}
        energy = _total([gpu.energy_j for gpu in gpus])
        uncertainty = _total([gpu.uncertainty_j for gpu in gpus])
        sources = {gpu.source for gpu in gpus}
        return Window(
            start_ns=start_ns,
            end_ns=end_ns,
            time_s=(end_ns - start_ns) / 1e9,
            energy_j=energy,
            uncertainty_j=uncertainty,
            source=None if None in sources else "counter" if sources == {"counter"} else "instant_hold",
            instant_j=_total([gpu.instant_j for gpu in gpus]),
            average_j=_total([gpu.average_j for gpu in gpus]),
            flags=tuple(sorted(flags)),
            valid=energy is not None and not flags & INVALID,
            gpus=gpus,
        )


def _at(values: Sequence[float | None] | None, gpu: int) -> float | None:
    return values[gpu] if values is not None and gpu < len(values) else None


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _prepare(readings: Readings, period_s: float | None, max_power_w: float) -> _Gpu:
    updates = updates_of(readings, period_s, max_power_w)
    seen = typical_interval_s(readings.before_s, readings.instant_w)
    return _Gpu(readings, updates, period_s or (updates.period_s if updates else None) or seen or 0.1)


def _measure(number: int, gpu: _Gpu, start_s: float, end_s: float, step_times_s: Sequence[float] | None) -> GpuWindow:
    """Measure one GPU, and judge the result."""
    readings, updates = gpu.readings, gpu.updates
    times = (readings.before_s + readings.after_s) / 2
    flags: set[str] = set()
    instant = instant_energy(times, readings.instant_w, start_s, end_s, gpu.period_s)
    average = None
    if end_s - start_s >= _MEAN_FROM_S:
        shift = MEAN_WINDOW_S / 2
        average = held_energy(times, readings.average_w, start_s + shift, end_s + shift)
    counted = None
    n_updates = 0
    if updates is not None:
        inside = updates_inside(updates, start_s, end_s)
        n_updates = max(0, inside.stop - inside.start)
        around = (updates.resets_s >= start_s - gpu.period_s) & (updates.resets_s <= end_s + gpu.period_s)
        if around.any():
            flags.add("counter_reset")
        elif n_updates > (end_s - start_s) / gpu.period_s / _STILL - 1:
            counted = counter_energy(updates, readings, start_s, end_s)
        if n_updates < 2:  # noqa: PLR2004
            flags.add("short")
    chosen, source = (counted, "counter") if counted is not None else (instant, "instant_hold" if instant else None)
    used = readings.energy_j if counted is not None else readings.instant_w
    if _longest_gap_s(times[np.isfinite(used)], start_s, end_s) > _GAP_S:
        flags.add("gap")
    flags |= _judge(chosen, instant if counted is not None else None, average)
    if alias_risk(step_times_s or (), gpu.period_s):
        flags.add("alias_risk")
    return GpuWindow(
        gpu=number,
        energy_j=chosen.energy_j if chosen else None,
        uncertainty_j=chosen.uncertainty_j if chosen else None,
        source=source,
        instant_j=instant.energy_j if instant else None,
        average_j=average,
        updates=n_updates,
        flags=tuple(sorted(flags)),
    )


def _longest_gap_s(times_s: np.ndarray[tuple[int], np.dtype[np.float64]], start_s: float, end_s: float) -> float:
    """Find the longest time inside the window without a usable reading [s]."""
    inside = times_s[(times_s > start_s) & (times_s < end_s)]
    return float(np.max(np.diff(np.concatenate([[start_s], inside, [end_s]]))))


def _judge(chosen: Estimate | None, instant: Estimate | None, average: float | None) -> set[str]:
    """Compare the sensors; a difference that the sampling of power explains is none."""
    flags: set[str] = set()
    if chosen is None:
        return flags
    energy, uncertainty = chosen
    if uncertainty > _UNCERTAIN * energy:
        flags.add("uncertain")
    allowed = _DISAGREE * energy + uncertainty
    if instant is not None and abs(instant.energy_j - energy) > max(allowed, instant.uncertainty_j):
        flags.add("sensor_disagree")
    if average is not None and abs(average - energy) > allowed:
        flags.add("sensor_disagree")
    return flags
