"""The energy of any window, from what the sampler recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.collect.energy.flags import INVALID
from simulator.collect.energy.gpu import measure, prepare
from simulator.collect.energy.readings import NOTHING_READ, readings_of
from simulator.collect.energy.window import Window
from simulator.errors import SampleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["Meter"]

#: What no GPU draws, for want of its own limit [W].
_MOST_W = 2000.0


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
    instant_is_mean
        Whether each GPU's instantaneous power is the mean of a second in truth, see
        `simulator.collect.nvml.FastReader`. None: as the samples say of themselves, else not.

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
        instant_is_mean: Sequence[bool] | None = None,
    ) -> None:
        if not len(samples):
            raise SampleError("no samples: nothing was recorded, so no window has a known energy")
        self._zero_ns, readings = readings_of(samples)
        expected = max(len(update_period_s or ()), len(max_power_w or ()))
        if instant_is_mean is None:
            instant_is_mean = samples.attrs.get("collection", {}).get("instant_is_mean")
        self._gpus = {
            gpu: prepare(
                readings.get(gpu, NOTHING_READ),
                _at(update_period_s, gpu),
                _at(max_power_w, gpu) or _MOST_W,
                instant_is_mean=bool(_at(instant_is_mean, gpu)),
            )
            for gpu in sorted({*readings, *range(expected)})  # one that was never read must not count as 0 J
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
        gpus = tuple(measure(number, gpu, start_s, end_s, step_times_s) for number, gpu in self._gpus.items())
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
