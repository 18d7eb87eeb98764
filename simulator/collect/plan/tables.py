"""The tables of a plan: what is trained, over which grid, how it is measured, and how the script's output is read."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

__all__ = ["Grid", "JobTable", "Measure", "Output", "Range"]


def _least(least: float, default: Any) -> Any:
    return field(default=default, metadata={"least": least})


def _above(default: Any) -> Any:
    return field(default=default, metadata={"above": 0})


@dataclass(frozen=True, kw_only=True)
class JobTable:
    """``[job]`` as it stands in a file: the fields of `simulator.Job`, and which reported metric decides.

    What they mean stands at `simulator.collect.Plan`.
    """

    dataset: str
    network: str
    optimizer: str
    target_metric: float = field(metadata={"finite": True})
    max_epochs: int = field(metadata={"least": 1})
    command: tuple[str, ...]
    default_bs: int | None = _least(1, None)
    default_lr: float | None = _above(None)
    workdir: str | None = None
    higher_is_better: bool = True
    metric: str = "accuracy"
    targets: tuple[float, ...] = field(default=(), metadata={"finite": True})
    from_environment: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Range:
    """Power limits from one to another, up or down; the order in which they are measured is the grid's ``order``.

    Parameters
    ----------
    to
        Where it ends [W]; None: the least that the GPU takes.
    step
        How far apart they are [W].
    from_
        Where it starts [W]; None: the most that the GPU takes. In a file it is called ``from``.
    """

    to: int | None = _least(1, None)
    step: int = _least(1, 25)
    from_: int | None = _least(1, None)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """What is varied.

    Parameters
    ----------
    batch_sizes
        Batch sizes [samples].
    power_limits_w
        Power limits [W]: a list, ``Range(from_=300, to=100, step=25)``, ``"all"`` that the GPU takes in steps of 25 W,
        or None for the one that is set.
    seeds
        Random seeds: one run to the target for each.
    slices
        Data slices of a job that drifts.
    full
        Whether every batch size runs to the target at every limit, instead of a few epochs at each.
    order
        Of the limits: ``"descending"``, or ``"shuffled"`` so that slow warming does not fall on the low ones.
    order_seed
        Decides the shuffling.
    reference_limit_w
        Limit of the runs to the target [W]; None: the highest.
    learning_rates
        Learning rate of a batch size, where it is not to be scaled from ``default_lr``.
    """

    batch_sizes: tuple[int, ...] = field(metadata={"least": 1})
    power_limits_w: tuple[int, ...] | Range | Literal["all"] | None = field(default=None, metadata={"least": 1})
    seeds: tuple[int, ...] = _least(0, (0,))
    slices: tuple[int, ...] = _least(0, (0,))
    full: bool = False
    order: Literal["descending", "shuffled"] = "descending"
    order_seed: int = _least(0, 0)
    reference_limit_w: int | None = _least(1, None)
    learning_rates: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _take_lists(self)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How it is measured.

    Parameters
    ----------
    gpus
        Which GPUs, by index or UUID; None: those of CUDA_VISIBLE_DEVICES, or all.
    gpu_key
        What the power trace's file says after ``power_``; None: a short form of the GPU's name.
    epochs
        Epochs of a power run that are measured, one after the other, as one window.
    warm_up_epochs
        Epochs before them that are not.
    min_window_s
        Time that the window must last [s]: short epochs are measured until it has.
    max_power_epochs
        Most epochs of a power run; None: those that the job may take, or warm-up and window if that is more.
    window
        What an epoch is: ``"train+eval"``, or ``"train"`` without validation. Both are recorded.
    steps
        Steps to measure instead of epochs, where epochs are long; the window is scaled to an epoch.
    baseline_s
        Idle time measured before a run [s].
    cooldown_s, cooldown_max_s, cooldown_within_c
        A run starts after this time at least [s], once the GPU is as cool as at first within so many degrees [°C], or
        after this time at most [s].
    settle_s
        How long a new limit may take to show [s].
    stall_timeout_s
        A script that reports nothing for so long is ended [s].
    kill_after_s
        A script that was told to end is killed after so long [s].
    period_ms
        Time between readings [ms]; None: what suits the sensor.
    foreign
        What to do about other processes on the GPU: ``"flag"`` the window, or ``"refuse"`` to measure.
    allow_shared_sensor
        Whether a sensor will do that sees more than the job's GPU (MIG, a module).
    clip
        Whether limits that the GPU does not take are moved to the nearest that it does.
    drift_check
        Whether the first limit of a batch size is measured again after its last.
    limit_command
        Command that sets a limit where this user may not, with ``{uuid}`` and ``{watts}``.
    environment
        Further environment variables of the script.
    epoch_s
        A guess at how long an epoch takes at the default batch size [s]; for the estimate alone.
    """

    gpus: tuple[int | str, ...] | None = _least(0, None)
    gpu_key: str | None = None
    epochs: int = _least(1, 3)
    warm_up_epochs: int = _least(0, 1)
    min_window_s: float = _least(0, 5.0)
    max_power_epochs: int | None = _least(1, None)
    window: Literal["train+eval", "train"] = "train+eval"
    steps: int | None = _least(1, None)
    baseline_s: float = _least(0, 10.0)
    cooldown_s: float = _least(0, 5.0)
    cooldown_max_s: float = _least(0, 120.0)
    cooldown_within_c: float = _least(0, 2.0)
    settle_s: float = _least(0, 5.0)
    stall_timeout_s: float = _above(1800.0)
    kill_after_s: float = _least(0, 10.0)
    period_ms: float | None = _above(None)
    foreign: Literal["flag", "refuse"] = "flag"
    allow_shared_sensor: bool = False
    clip: bool = False
    drift_check: bool = True
    limit_command: tuple[str, ...] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    epoch_s: float | None = _above(None)

    def __post_init__(self) -> None:
        _take_lists(self)


@dataclass(frozen=True, kw_only=True)
class Output:
    """How to read the output of a script that does not report by itself.

    Parameters
    ----------
    mllog
        Whether it prints ``:::MLLOG`` lines.
    patterns
        Regular expressions by the kind of event that a matching line stands for.
    """

    mllog: bool = False
    patterns: dict[str, str] = field(default_factory=dict)


def _take_lists(table: Any) -> None:
    """Turn lists into tuples: a plan does not change once it is made."""
    for item in fields(table):
        if isinstance(value := getattr(table, item.name), list):
            object.__setattr__(table, item.name, tuple(value))
