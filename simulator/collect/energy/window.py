"""What a window came to, for all GPUs of a job and for each."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GpuWindow", "Window"]


@dataclass(frozen=True)
class GpuWindow:
    """Energy of one GPU between two moments.

    Parameters
    ----------
    gpu
        Position of the GPU in the job's list.
    energy_j
        Energy [J]; None if nothing is known.
    uncertainty_j
        Half the width of the interval around it that holds the truth in nearly all cases [J]; it covers *when* the
        sensors were read, not how well they are calibrated. None if the energy is.
    source
        ``"counter"``, ``"instant_hold"``, or None if nothing is known.
    instant_j
        Energy according to instantaneous power [J], for comparison.
    average_j
        Energy according to the 1 s mean power [J], for comparison; None for windows below 20 s.
    updates
        Updates of the energy counter inside the window.
    flags
        Names out of `FLAGS`, sorted.
    """

    gpu: int
    energy_j: float | None
    uncertainty_j: float | None
    source: str | None
    instant_j: float | None
    average_j: float | None
    updates: int
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """Energy of a job's GPUs between two moments.

    Parameters
    ----------
    start_ns, end_ns
        The window, in CLOCK_MONOTONIC [ns].
    time_s
        Its length [s].
    energy_j
        Energy of all GPUs [J]; None if that of any is unknown.
    uncertainty_j
        Half the width of the interval around it that holds the truth in nearly all cases [J]. The GPUs' are added as
        they are: they run the same iterations, so their errors may go together.
    source
        ``"counter"`` if every GPU's energy is from its counter, ``"instant_hold"`` if any is from its power, None if
        any is unknown.
    instant_j, average_j
        Energy according to the power readings [J]; None unless known for every GPU.
    flags
        Names out of `FLAGS` that any GPU carries, sorted.
    valid
        Whether the energy is known and no flag of `INVALID` stands against it.
    gpus
        The same for each GPU.
    """

    start_ns: int
    end_ns: int
    time_s: float
    energy_j: float | None
    uncertainty_j: float | None
    source: str | None
    instant_j: float | None
    average_j: float | None
    flags: tuple[str, ...]
    valid: bool
    gpus: tuple[GpuWindow, ...]

    @property
    def average_power_w(self) -> float | None:
        """Mean power of all GPUs together [W]; None if the energy is unknown."""
        return None if self.energy_j is None else self.energy_j / self.time_s
