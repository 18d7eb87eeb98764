"""From a run's epochs and samples to windows of energy and time."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.collect.energy import INVALID, Meter, notes
from simulator.collect.result import EpochResult, WindowResult
from simulator.collect.sampling import periods, read_samples
from simulator.errors import SampleError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from simulator.collect.protocol import Epoch
    from simulator.collect.run.progress import Progress
    from simulator.collect.run.sensors import Sensors
    from simulator.collect.run.steps import Stretch

__all__ = ["MeasuredWindows", "Windows", "train_only", "windows_of"]

_logger = logging.getLogger("simulator.collect")

_MS = 1e-3


class Windows:
    """Measures windows of one run.

    Parameters
    ----------
    progress
        What the script reported.
    always
        Flags that every window has.
    """

    def __init__(self, progress: Progress, always: Collection[str] = ()) -> None:
        self._progress = progress
        self._always = set(always)

    def between(self, start_ns: int, end_ns: int, *, epochs: float) -> WindowResult:
        """Measure the time between two moments that lie so many epochs apart."""
        flags = tuple(sorted(self._always))
        time_s = (end_ns - start_ns) / 1e9
        return WindowResult(epochs=epochs, time_s=time_s, start_ns=start_ns, end_ns=end_ns, flags=flags)

    def epoch(self, epoch: Epoch) -> EpochResult:
        """Measure one epoch, with its validation and without."""
        train = whole = None
        if epoch.start_known:
            train = self._within(epoch.start_ns, epoch.train_end_ns)
            whole = self._within(epoch.start_ns, epoch.end_ns)
        return EpochResult(
            number=epoch.number,
            time_s=(epoch.end_ns - epoch.start_ns) / 1e9,
            steps=epoch.steps,
            samples=epoch.samples,
            metrics=epoch.metrics,
            whole=whole,
            train=train,
        )

    def _within(self, start_ns: int, end_ns: int | None) -> WindowResult | None:
        """Measure a part of one epoch; None if it has no length."""
        return None if end_ns is None or end_ns <= start_ns else self.between(start_ns, end_ns, epochs=1)

    def stretch(self, stretch: Stretch, *, per_epoch: int) -> WindowResult:
        """Measure steps, of which an epoch has so many."""
        parts = [self.between(piece.start_ns, piece.end_ns, epochs=piece.steps / per_epoch) for piece in stretch.pieces]
        return parts[0] if len(parts) == 1 else _together(parts, epochs=stretch.steps / per_epoch)

    def contiguous(self, epochs: Sequence[Epoch]) -> WindowResult | None:
        """Measure epochs as one window, from the start of the first to the end of the last; None if there are none."""
        if not epochs or epochs[-1].end_ns <= epochs[0].start_ns:
            return None
        return self.between(epochs[0].start_ns, epochs[-1].end_ns, epochs=len(epochs))


class MeasuredWindows(Windows):
    """Measures energy, too.

    Parameters
    ----------
    directory
        The run's directory, with its samples.
    sensors
        The GPUs.
    held_mw
        The limit that each GPU should have kept [mW].
    pids
        Every process that the job had.
    progress, always
        As for `Windows`.

    Raises
    ------
    SampleError
        If there are no samples.
    """

    def __init__(
        self,
        directory: Path,
        *,
        sensors: Sensors,
        held_mw: Sequence[int | None],
        pids: Collection[int],
        progress: Progress,
        always: Collection[str] = (),
    ) -> None:
        super().__init__(progress, always)
        samples = read_samples(directory, "fast")
        self._slow = read_samples(directory, "slow")
        found = periods(samples)
        probed = [gpu.energy_period_ms for gpu in sensors.probe.gpus]
        under_load = [each.energy_period_ms for each in found] + [None] * len(probed)
        update_s = [
            None if ms is None else ms * _MS
            for ms in (known or later for known, later in zip(probed, under_load, strict=False))
        ]
        most_mw = [device.limits().max_mw for device in sensors.devices]
        self._meter = Meter(
            samples,
            update_period_s=update_s,
            max_power_w=[None if mw is None else mw / 1000 for mw in most_mw],
        )
        limits = set(held_mw)
        self._held_mw = limits.pop() if len(limits) == 1 else None
        self._pids = pids

    def between(self, start_ns: int, end_ns: int, *, epochs: float) -> WindowResult:
        """Measure energy and time between two moments."""
        steps = self._progress.step_times_s(start_ns, end_ns)
        window = self._meter.window(start_ns, end_ns, step_times_s=steps)
        noted = notes(self._slow, start_ns, end_ns, limit_mw=self._held_mw, job_pids=self._pids)
        flags = {*window.flags, *noted, *self._always}
        result = WindowResult.of(window, epochs=epochs)
        return replace(result, flags=tuple(sorted(flags)), valid=result.valid and not flags & INVALID)


def windows_of(
    directory: Path,
    *,
    sensors: Sensors | None,
    held_mw: Sequence[int | None],
    pids: Collection[int],
    progress: Progress,
    always: Collection[str],
) -> tuple[Windows, str]:
    """Prepare the windows of a run; with times only where there is nothing else, and why."""
    if sensors is None:
        return Windows(progress, always), ""
    try:
        return MeasuredWindows(
            directory, sensors=sensors, held_mw=held_mw, pids=pids, progress=progress, always=always
        ), ""
    except SampleError as error:
        return Windows(progress, always), str(error)


def train_only(epochs: Sequence[EpochResult]) -> WindowResult | None:
    """Add up the training of epochs that lie next to each other; None if it is not known of all.

    Parameters
    ----------
    epochs
        The epochs.

    Returns
    -------
    WindowResult or None
        Their training alone.
    """
    parts = [epoch.train for epoch in epochs if epoch.train is not None]
    if not parts or len(parts) < len(epochs):
        return None
    return _together(parts, epochs=len(parts))


def _together(parts: Sequence[WindowResult], *, epochs: float) -> WindowResult:
    """Add up windows.

    Energies and uncertainties of single windows add up; what the energy of one is too high by, that of its neighbour
    may be too low by, so this is an upper bound.
    """
    energies, unsure = [part.energy_j for part in parts], [part.uncertainty_j for part in parts]
    sources = {part.source for part in parts if part.source}
    return WindowResult(
        epochs=epochs,
        time_s=sum(part.time_s for part in parts),
        energy_j=_sum(energies),
        uncertainty_j=_sum(unsure),
        source=sources.pop() if len(sources) == 1 else ",".join(sorted(sources)) or None,
        instant_j=_sum([part.instant_j for part in parts]),
        average_j=_sum([part.average_j for part in parts]),
        flags=tuple(sorted({flag for part in parts for flag in part.flags})),
        valid=all(part.valid for part in parts),
        start_ns=parts[0].start_ns,
        end_ns=parts[-1].end_ns,
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
