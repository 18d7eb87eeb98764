"""What one run came to: its epochs, its window of energy, and what is to be said about them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from simulator.collect.plan.grid import RunSpec  # noqa: TC001  (`typed` looks types up when it reads)

__all__ = ["EpochResult", "RunResult", "WindowResult"]


@dataclass(frozen=True, kw_only=True)
class WindowResult:
    """Energy and time of a stretch of a run.

    Parameters
    ----------
    epochs
        How many epochs it covers; a fraction of one, where steps were measured.
    time_s
        How long it lasted [s].
    energy_j
        Energy of all GPUs of the run [J]; None if only the time was recorded, or no sensor could tell.
    uncertainty_j
        How far off that may be [J].
    source
        What it was measured with: ``"counter"``, or ``"instant_hold"``.
    instant_j, average_j
        The same by other sensors [J], where they could tell.
    flags
        What is to be known about it; `simulator.collect.energy.FLAGS` says what each means.
    valid
        Whether it may be used.
    start_ns, end_ns
        Where it lies (``CLOCK_MONOTONIC``).
    gpus
        The same of each GPU, as plain data.
    """

    epochs: float = field(metadata={"above": 0})
    time_s: float
    energy_j: float | None = None
    uncertainty_j: float | None = None
    source: str | None = None
    instant_j: float | None = None
    average_j: float | None = None
    flags: tuple[str, ...] = ()
    valid: bool = True
    start_ns: int = 0
    end_ns: int = 0
    gpus: tuple[dict[str, Any], ...] = ()

    @classmethod
    def of(cls, window: Any, *, epochs: float) -> WindowResult:
        """Keep what `simulator.collect.energy` found out about a window of so many epochs."""
        own = {item.name for item in fields(cls)} - {"epochs", "gpus"}
        gpus = tuple(_as_data(gpu) for gpu in window.gpus)
        return cls(epochs=epochs, gpus=gpus, **{name: getattr(window, name) for name in own if hasattr(window, name)})

    @property
    def average_power_w(self) -> float | None:
        """Mean power of all GPUs together [W]."""
        return None if self.energy_j is None or self.time_s <= 0 else self.energy_j / self.time_s


@dataclass(frozen=True, kw_only=True)
class EpochResult:
    """One epoch of a run.

    Parameters
    ----------
    number
        Which, from 1.
    time_s
        How long it lasted, validation included [s].
    steps, samples
        How much was trained, where the script says it.
    metrics
        What the script reported.
    whole, train
        Energy and time with validation, and without; None where nobody knows.
    """

    number: int = field(metadata={"least": 1})
    time_s: float
    steps: int | None = None
    samples: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    whole: WindowResult | None = None
    train: WindowResult | None = None


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What one run came to.

    Parameters
    ----------
    spec
        The run as it was planned.
    status
        ``"done"``; ``"infeasible"``: the batch size does not fit; ``"failed"``: whatever else went wrong.
    reason
        Why it is not done; empty if it is.
    started_wall_ns, ended_wall_ns
        When it was made (`time.time_ns`).
    requested_mw, enforced_mw
        Power limit that was asked for, and that held [mW], of each GPU; None if not known.
    num_gpus
        How many GPUs its energy is the sum of; 0 if only the time was recorded.
    epochs
        Its epochs, in order.
    window
        The contiguous epochs that make the power row, as the plan understands an epoch.
    whole_window, train_window
        The same epochs with validation, and without.
    flags, notes
        What is to be known about it, in words that programs know and in words for people.
    baseline
        Idle power before it, and the like.
    counters
        What was counted from its start to its end: energy of the CPUs, errors of the GPUs' memory; see
        `simulator.collect.run.counters.risen`. None if nobody may read any.
    reported
        What the script said about itself.
    """

    spec: RunSpec
    status: Literal["done", "infeasible", "failed"]
    reason: str = ""
    started_wall_ns: int = 0
    ended_wall_ns: int = 0
    requested_mw: int | None = None
    enforced_mw: int | None = None
    num_gpus: int = field(default=1, metadata={"least": 0})
    epochs: tuple[EpochResult, ...] = ()
    window: WindowResult | None = None
    whole_window: WindowResult | None = None
    train_window: WindowResult | None = None
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    baseline: dict[str, Any] | None = None
    counters: dict[str, Any] | None = None
    reported: dict[str, Any] | None = None

    def first_epoch(self, metric: str, threshold: float, *, higher_is_better: bool) -> int | None:
        """Find the first epoch whose metric passes a threshold; None if none does. What is not finite passes nothing.

        Examples
        --------
        >>> spec = RunSpec(kind="epochs", batch_size=8, power_limit_w=None, seed=0, slice=0, learning_rate=0.1,
        ...                command=("train",), epochs=3)
        >>> epochs = [EpochResult(number=n, time_s=1, metrics={"loss": 1 / n}) for n in (1, 2, 3)]
        >>> RunResult(spec=spec, status="done", epochs=epochs).first_epoch("loss", 0.5, higher_is_better=False)
        2
        """
        for epoch in self.epochs:
            value = epoch.metrics.get(metric, math.nan)
            if math.isfinite(value) and (value >= threshold if higher_is_better else value <= threshold):
                return epoch.number
        return None


def _as_data(gpu: Any) -> dict[str, Any]:
    """Plain data of what is known about one GPU."""
    if is_dataclass(gpu) and not isinstance(gpu, type):
        return {item.name: getattr(gpu, item.name) for item in fields(gpu)}
    return dict(gpu)
