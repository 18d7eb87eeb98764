"""From the time of single steps on some GPUs to the time of an epoch, as Pollux's simulator reckons it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import TraceError
from simulator.trace.files import read_table
from simulator.trace.validate.columns import numbers
from simulator.trace.validate.report import listed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["TIMES", "epoch_times"]

#: Columns of the table of times.
TIMES = ["batch_size", "placement", "gpus", "local_batch_size", "accumulation_steps", "time_per_epoch"]

_COLUMNS = ("placement", "local_bsz", "step_time", "sync_time")


def epoch_times(file: Path, batch_sizes: Sequence[int], samples_per_epoch: float) -> pd.DataFrame:
    """Reckon the time of an epoch at each batch size, on each placement that was measured.

    A batch is split evenly over the GPUs. The time of a step is interpolated between the local batch sizes measured;
    a share above the largest of them is made in several passes that synchronize once, and one below the smallest was
    not measured, so that it has no row.

    Parameters
    ----------
    file
        Measured steps: placement, local_bsz [samples], step_time [s], sync_time [s].
    batch_sizes
        Batch sizes [samples].
    samples_per_epoch
        Samples of an epoch.

    Returns
    -------
    pandas.DataFrame
        Columns batch_size, placement, gpus, local_batch_size, accumulation_steps (passes beside the first), and
        time_per_epoch [s].

    Raises
    ------
    TraceError
        If the file cannot be read, or holds what cannot be true; the message names file and line.
    """
    steps = _read(file)
    rows = []
    for placement, measured in steps.groupby("placement", sort=True):
        gpus = sum(map(int, str(placement)))
        for size in batch_sizes:
            if (found := _step(measured, size / gpus)) is not None:
                local, passes, step_s = found
                time_s = samples_per_epoch / size * step_s
                rows.append((size, str(placement), gpus, local, passes, time_s))
    return pd.DataFrame(rows, columns=TIMES)


def _step(measured: pd.DataFrame, share: float) -> tuple[int, int, float] | None:
    """Local batch size, further passes and time [s] of one step; None if it was not measured."""
    sizes = measured["local_bsz"].to_numpy()
    share = math.ceil(share - 1e-8)  # the least whole number of samples, whatever the division's last bit
    passes = math.ceil(share / sizes[-1] - 1e-8) - 1
    local = math.ceil(share / (passes + 1) - 1e-8)
    if local < sizes[0]:
        return None
    step_s, sync_s = (float(np.interp(local, sizes, measured[name])) for name in ("step_time", "sync_time"))
    return local, passes, step_s + passes * (step_s - sync_s)


def _read(file: Path) -> pd.DataFrame:
    table = read_table(file)
    if missing := [name for name in _COLUMNS if name not in table.columns]:
        raise TraceError(f"{file}: no column {listed(missing)}, but {listed(table.columns, shown=20)}")
    for name in _COLUMNS[1:]:
        values = numbers(table[name])
        low = values < 0 if name == "sync_time" else values <= 0
        _refuse(~np.isfinite(values) | low, f"no usable {name}", file)
    longer = numbers(table["sync_time"]) > numbers(table["step_time"])
    _refuse(longer, "a sync_time longer than the step_time that it is a part of", file)
    names = pd.Series([f"{number:.0f}" for number in numbers(table["placement"])], dtype=object)
    digits = names.map(lambda name: re.fullmatch("[1-9]+", name) is not None).to_numpy(bool)
    _refuse(~digits, "a placement that is no digits from 1 to 9, a digit a node", file)
    steps = table.assign(placement=names, **{name: numbers(table[name]) for name in _COLUMNS[1:]})
    _refuse(steps.duplicated(["placement", "local_bsz"]).to_numpy(), "a second time for one step", file)
    return steps.sort_values(["placement", "local_bsz"], kind="stable")


def _refuse(wrong: NDArray[np.bool_], what: str, file: Path) -> None:
    if wrong.any():
        raise TraceError(f"{file}, line {int(np.flatnonzero(wrong)[0]) + 2}: {what}")
