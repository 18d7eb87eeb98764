"""How much energy there is to save: by the best batch size, by the best power limit, and by both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from simulator.compare.front import configurations
from simulator.compare.places import list_places, origins
from simulator.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from os import PathLike

    from simulator.job import Job
    from simulator.trace.traces import Traces

__all__ = ["potential"]

_BASES = ("default", "largest")


def potential(
    jobs: Job | Iterable[Job] | None,
    traces: Traces | str | PathLike[str] | Sequence[Traces],
    *,
    base: Literal["default", "largest"] = "default",
) -> pd.DataFrame:
    """Find how much energy the best choice would save, if it were known: no policy saves more on average.

    Costs are expected ones, over the recorded runs; nothing is drawn. Source: "Zeus" (NSDI'23), section 2 and Figure 1.

    Parameters
    ----------
    jobs, traces
        As `simulator.compare` takes them: None means the jobs that traces come with, a directory all of its GPUs.
    base
        Batch size to save from, at the highest power limit recorded with it: the job's ``"default"``, or the
        ``"largest"`` that can reach the target.

    Returns
    -------
    pandas.DataFrame
        One row for each job and GPU: job, gpu, dataset; batch_size, power_limit_w [W] and energy_j [J] of the base; and
        energy saved by the best batch size at that limit (by_batch_size_pct), by the best limit at that batch size
        (by_power_limit_pct), and by the best of all configurations (by_both_pct), each in percent of the base's.

    Raises
    ------
    ReplayError
        If there is no such base, or no recorded run at a job's default batch size reaches the target.
    NotInTraceError
        If the traces do not hold a job.

    Examples
    --------
    >>> import simulator
    >>> found = potential(None, simulator.read_traces(gpu="v100")).set_index("dataset")
    >>> saved = found[["by_batch_size_pct", "by_power_limit_pct", "by_both_pct"]]
    >>> saved.loc["librispeech"].round().tolist()
    [35.0, 21.0, 51.0]
    """
    if base not in _BASES:
        raise ReplayError(f"base is {base!r}; there are {', '.join(_BASES)}")
    places = list_places(jobs, traces)
    rows = [_row(job, of_gpu, configurations(of_gpu.table(job)), base) for job, of_gpu in places]
    found = pd.DataFrame(rows)
    found.attrs = origins(places)
    return found


def _row(job: Job, traces: Traces, costs: pd.DataFrame, base: str) -> dict[str, object]:
    """Hold the best of each kind against the base."""
    sizes: list[int] = sorted(costs["batch_size"].unique().tolist())
    size = job.default_bs if base == "default" else max(sizes, default=None)
    if size not in sizes:
        raise ReplayError(
            f"{job} on {traces.gpu} has no default batch size that was recorded and reaches the target, to save from: "
            f"Job(..., default_bs=...), one of {sizes}; or ask for base='largest'"
        )
    of_size = costs.loc[costs["batch_size"] == size]
    at = of_size["power_limit_w"].to_numpy().argmax()
    limit, energy_j = int(of_size["power_limit_w"].iloc[at]), float(of_size["energy_j"].iloc[at])
    choices = {
        "batch_size": costs.loc[costs["power_limit_w"] == limit],
        "power_limit": of_size,
        "both": costs,
    }
    return {
        "job": str(job),
        "gpu": traces.gpu,
        "dataset": job.dataset,
        "batch_size": size,
        "power_limit_w": limit,
        "energy_j": energy_j,
        **{f"by_{name}_pct": 100 * (1 - of_choice["energy_j"].min() / energy_j) for name, of_choice in choices.items()},
    }
