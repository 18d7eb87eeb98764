"""From a plan to its runs, in the order in which they are made.

Epochs to a target do not depend on the power limit, and neither time nor power of an epoch on the luck of a seed. So
the first pass trains to the target at one limit, for each batch size, seed and slice; the second measures a few epochs
at each batch size and limit. Asked for, one pass does it all.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol

from simulator.collect.plan.command import command_line
from simulator.collect.plan.typed import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.collect.plan.tables import Grid, Measure
    from simulator.job import Job

__all__ = ["RunSpec", "grid_runs"]

#: Digits of a run's key: 48 bits, so that of a million runs no two share one, but for one chance in 500.
_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """One run to be made: one start of the training script.

    Parameters
    ----------
    kind
        ``"epochs"``: to the target; ``"power"``: a few epochs; ``"full"``: to the target, and its epochs are measured
        for the power trace, too.
    batch_size
        Batch size [samples].
    power_limit_w
        Power limit to set [W]; None: it stays as it is.
    seed
        Random seed.
    slice
        Data slice.
    learning_rate
        Learning rate.
    command
        Command line, ready to be started.
    epochs
        Most epochs that it may take.
    drift_check
        Whether it repeats an earlier run, to see if the numbers have moved meanwhile.
    gpu_uuids
        GPUs that it runs on.
    """

    kind: Literal["epochs", "power", "full"]
    batch_size: int
    power_limit_w: int | None
    seed: int
    slice: int
    learning_rate: float
    command: tuple[str, ...]
    epochs: int
    drift_check: bool = False
    gpu_uuids: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """Short name of all of this: equal for equal runs, and for no others."""
        return hashlib.sha256(json.dumps(plain(self), sort_keys=True).encode()).hexdigest()[:_DIGITS]

    def __str__(self) -> str:
        """Name the run in a few words."""
        limit = "" if self.power_limit_w is None else f", {self.power_limit_w} W"
        what = "drift check" if self.drift_check else {"epochs": "to target"}.get(self.kind, self.kind)
        where = f", slice {self.slice}" if self.slice else ""
        return f"{what}: batch size {self.batch_size}{limit}, seed {self.seed}{where}"


class _Planned(Protocol):
    """What runs depend on; a plan has it."""

    @property
    def job(self) -> Job: ...
    @property
    def grid(self) -> Grid: ...
    @property
    def measure(self) -> Measure: ...
    @property
    def stop_target(self) -> float: ...
    @property
    def power_epochs(self) -> int: ...
    def learning_rate(self, batch_size: int) -> float: ...


def grid_runs(plan: _Planned, gpu_uuids: Sequence[str], limits_w: Sequence[int | None]) -> Iterator[RunSpec]:
    """List the runs of a plan.

    Parameters
    ----------
    plan
        The plan.
    gpu_uuids
        GPUs to run on.
    limits_w
        Power limits [W], descending; one None if none is to be set.

    Yields
    ------
    RunSpec
        The runs, in order.
    """
    grid = plan.grid
    reference = limits_w[0] if grid.reference_limit_w not in limits_w else grid.reference_limit_w
    chance = random.Random(grid.order_seed)  # noqa: S311  (an order, no secret)
    draws = [(seed, at) for seed in grid.seeds for at in grid.slices]
    if not grid.full:
        for size in grid.batch_sizes:
            for seed, at in draws:
                yield _spec(plan, "epochs", size, reference, seed, at, gpu_uuids)
        draws = draws[:1]
    for size in grid.batch_sizes:
        order = list(limits_w)
        if grid.order == "shuffled":
            chance.shuffle(order)
        runs = [
            _spec(plan, "full" if grid.full else "power", size, limit, seed, at, gpu_uuids)
            for limit in order
            for seed, at in draws
        ]
        yield from runs
        if plan.measure.drift_check and len(order) > 1:
            yield _spec(plan, "power", size, order[0], runs[0].seed, runs[0].slice, gpu_uuids, drift_check=True)


def _spec(
    plan: _Planned,
    kind: Literal["epochs", "power", "full"],
    size: int,
    limit_w: int | None,
    seed: int,
    at: int,
    gpu_uuids: Sequence[str],
    *,
    drift_check: bool = False,
) -> RunSpec:
    rate = plan.learning_rate(size)
    epochs = plan.power_epochs if kind == "power" else plan.job.max_epochs
    command = command_line(
        replace(plan.job, target_metric=plan.stop_target),
        batch_size=size,
        learning_rate=rate,
        seed=seed,
        slice_number=at,
        epochs=epochs,
        limit_w=limit_w,
    )
    return RunSpec(
        kind=kind,
        batch_size=size,
        power_limit_w=limit_w,
        seed=seed,
        slice=at,
        learning_rate=rate,
        command=command,
        epochs=epochs,
        drift_check=drift_check,
        gpu_uuids=tuple(gpu_uuids),
    )
