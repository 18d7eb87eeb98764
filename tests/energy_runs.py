"""Runs of known energy on simulated GPUs, sampled as the sampler does, for the tests of energy."""

from __future__ import annotations

import pandas as pd
from nvml_stub import ManualClock

from simulator.collect.energy import Meter
from simulator.collect.nvml import find_gpus, nvml
from simulator.collect.sampling.loop import Loop
from simulator.collect.sampling.schema import FAST, SLOW

#: Iteration times [s] that keep step with neither sensor.
STEPS_S = (0.037, 0.063, 0.093, 0.157, 0.23, 0.41)

#: Periods of the counter, windows of the power, and how often they are sampled [ms].
SENSORS = {"100 ms / 25 ms": (100, 25, 53), "20 ms / 10 ms": (20, 10, 20)}


class Recording:
    """Samples what simulated GPUs do, on their manual clock; times are read off ``now_ns``."""

    def __init__(self, gpus, period_ms=53):
        self.gpus = gpus
        self.clock = ManualClock(gpus)
        self.fast, self.slow = [], []
        self._nvml = nvml()
        self._nvml.__enter__()
        self.loop = Loop(find_gpus(), clock=self.clock, period_ns=round(period_ms * 1e6), write=self._keep)

    def _keep(self, fast, slow):
        self.fast += fast
        self.slow += slow

    @property
    def now_ns(self):
        return self.clock.monotonic_ns()

    def run(self, seconds, watts=None, **ripple):
        """Let every GPU draw so much for a while; the moments when it began and ended."""
        start_ns = self.now_ns
        for gpu in range(len(self.gpus)) if watts is not None else ():
            self.gpus.set_demand(watts, gpu=gpu, **ripple)
        self.loop.run_until(start_ns + round(seconds * 1e9))
        return start_ns, self.now_ns

    def close(self):
        """Give the samples back, fast and slow."""
        self.loop.flush()
        self._nvml.__exit__(None, None, None)
        return tuple(
            pd.DataFrame(rows, columns=[column.name for column in kind.columns]).convert_dtypes()
            for rows, kind in ((self.fast, FAST), (self.slow, SLOW))
        )

    def truth_j(self, start_ns, end_ns):
        return sum(self.gpus.true_energy_j(start_ns, end_ns, gpu=gpu) for gpu in range(len(self.gpus)))


def measured(run, start_ns, end_ns, *, periods=(0.1,), **words):
    """End a recording and measure a window of it: the window and its truth [J]."""
    samples, _ = run.close()
    window = Meter(samples, update_period_s=periods, **words).window(start_ns, end_ns)
    return window, run.truth_j(start_ns, end_ns)


def counter_at(samples, moment_ns):
    """What a job reads that asks for the counter at this moment [J], to the next sample."""
    later = samples[samples["before_ns"] >= moment_ns]
    return float(later["energy_mj"].iloc[0]) / 1e3
