"""What a configuration that is the best on one GPU costs on another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from simulator.compare.places import list_places, origins
from simulator.cost import check_knobs
from simulator.errors import NotInTraceError, ReplayError
from simulator.replay.arguments import check_word
from simulator.trace.expected import expected_cost, expected_energy_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from simulator.job import Job
    from simulator.trace.table import JobTable
    from simulator.trace.traces import Traces

__all__ = ["transfer"]

_COLUMNS = {
    "job": "str",
    "gpu_from": "str",
    "gpu_to": "str",
    "batch_size": "Int64",
    "power_limit_w": "Int64",
    "used_power_limit_w": "Int64",
    "best_batch_size": "Int64",
    "best_power_limit_w": "Int64",
    "cost_pct": "float64",
    "energy_pct": "float64",
    "time_pct": "float64",
    "reason": "str",
}


def transfer(
    jobs: Job | Iterable[Job] | None,
    traces: Traces | str | PathLike[str] | Sequence[Traces],
    *,
    eta: float = 0.5,
    match: Literal["watts", "fraction"] = "watts",
) -> pd.DataFrame:
    """Run each GPU's best configuration on every other, and say how far it is from that GPU's own best.

    Nothing is drawn: costs are expected costs of the recorded runs, tried again until they reach the target
    (`simulator.trace.expected`).

    Parameters
    ----------
    jobs
        One job or several; None: those that the traces come with, whatever their default batch sizes.
    traces
        What was recorded, on two GPUs at least; a directory means all of its GPUs.
    eta
        Energy–time knob η by which a configuration is the best.
    match
        Which of the limits recorded on the other GPU, at this batch size, stands for a power limit that it may not
        have. ``"watts"``: the nearest in W, which is the same one where it has it. ``"fraction"``: the nearest as a
        share of the largest limit in the GPU's traces, so that full power remains full power. The lower of two that
        are as near.

    Returns
    -------
    pandas.DataFrame
        One row for each job, gpu_from and gpu_to. batch_size, power_limit_w [W]: the best on gpu_from;
        used_power_limit_w [W]: what stood for its limit; best_batch_size, best_power_limit_w [W]: the best on gpu_to;
        cost_pct, energy_pct, time_pct: how much more the former takes there than the latter [%], where energy or time
        alone may be less; 0 from a GPU to itself. reason: why these are NaN, otherwise empty.

    Raises
    ------
    ReplayError
        If η is outside [0, 1], there are fewer than two GPUs, or two share a name.
    NotInTraceError
        If no GPU's traces hold a job.

    Examples
    --------
    >>> import simulator
    >>> gpus = [simulator.read_traces(gpu=gpu) for gpu in ("a40", "v100")]
    >>> table = transfer(gpus[0].jobs[0], gpus)
    >>> table[["gpu_from", "gpu_to"]].values.tolist()
    [['a40', 'a40'], ['a40', 'v100'], ['v100', 'a40'], ['v100', 'v100']]
    >>> (table["cost_pct"] >= 0).all()
    np.True_
    """
    eta, _ = check_knobs(eta=eta, beta=2.0)
    check_word("match", match, ("watts", "fraction"))
    places = list_places(jobs, traces)
    gpus = list(dict.fromkeys(of_gpu for _, of_gpu in places))
    names = [of_gpu.gpu for of_gpu in gpus]
    if len(set(names)) < max(len(names), 2):
        raise ReplayError(f"the traces are those of {', '.join(names)}; give those of two GPUs at least, each once")
    plain = (job if jobs is not None else replace(job, default_bs=None, default_lr=None) for job, _ in places)
    rows, known = [], []
    for job in dict.fromkeys(plain):
        bests = [_Best.of(job, of_gpu, eta) for of_gpu in gpus]
        if not any(best.table for best in bests):
            gpus[0].table(job)  # says what is wrong with it
        known += [(job, of_gpu) for of_gpu, best in zip(gpus, bests, strict=True) if best.table]
        rows += [_row(job, first, second, match) for first in bests for second in bests]
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    table.attrs = origins(known)
    return table


class _Best(NamedTuple):
    """A job on a GPU: what each configuration costs, and where the best is; no table if nothing was recorded."""

    gpu: str
    table: JobTable | None
    amounts: dict[str, NDArray[np.float64]]
    at: tuple[int, int] | None

    @classmethod
    def of(cls, job: Job, traces: Traces, eta: float) -> _Best:
        try:
            table = traces.table(job)
        except NotInTraceError:
            return cls(traces.gpu, None, {}, None)
        energy, time = expected_energy_time(table)
        cost = expected_cost(table, eta=eta)
        size, limit = np.unravel_index(cost.argmin(), cost.shape)
        at = (int(size), int(limit)) if np.isfinite(cost[size, limit]) else None
        return cls(traces.gpu, table, {"cost_pct": cost, "energy_pct": energy, "time_pct": time}, at)

    def why_none(self) -> str:
        """Say why there is no best; empty if there is one."""
        if self.table is None:
            return f"nothing is recorded on {self.gpu}"
        return "" if self.at else f"nothing reaches the target on {self.gpu}"


def _row(job: Job, first: _Best, second: _Best, match: str) -> dict[str, Any]:
    row: dict[str, Any] = {"job": str(job), "gpu_from": first.gpu, "gpu_to": second.gpu}
    row |= _names(first, "batch_size", "power_limit_w") | _names(second, "best_batch_size", "best_power_limit_w")
    reason = first.why_none() or second.why_none()
    if reason or first.table is None or second.table is None or first.at is None:
        return row | {"reason": reason}
    size = int(np.searchsorted(second.table.batch_sizes, row["batch_size"]))
    if size == len(second.table.batch_sizes) or second.table.batch_sizes[size] != row["batch_size"]:
        return row | {"reason": f"batch size {row['batch_size']} is not recorded on {second.gpu}"}
    limit = _nearest_limit(first.table, second.table, size, row["power_limit_w"], match)
    if limit is None:
        return row | {"reason": f"batch size {row['batch_size']} never reaches the target on {second.gpu}"}
    more = {name: 100 * (amount[size, limit] / amount[second.at] - 1) for name, amount in second.amounts.items()}
    return row | more | {"used_power_limit_w": second.table.power_limits_w[limit], "reason": ""}


def _names(best: _Best, size: str, limit: str) -> dict[str, int | None]:
    """Name the best configuration; None where there is none."""
    if best.table is None or best.at is None:
        return {size: None, limit: None}
    return {size: int(best.table.batch_sizes[best.at[0]]), limit: int(best.table.power_limits_w[best.at[1]])}


def _nearest_limit(first: JobTable, second: JobTable, size: int, limit_w: int, match: str) -> int | None:
    """Find the position of the limit that stands for one of another GPU; None if the size never reaches the target."""
    known = np.flatnonzero(np.isfinite(expected_energy_time(second)[0][size]))
    if not len(known):
        return None
    wanted = limit_w if match == "watts" else limit_w / first.max_power_w * second.max_power_w
    return int(known[np.abs(second.power_limits_w[known] - wanted).argmin()])
