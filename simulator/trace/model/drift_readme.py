"""The README of a directory of synthetic traces that drift, made of what was drawn, so that it cannot go stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.cost import energy_time_cost
from simulator.trace.expected import expected_of_slices
from simulator.trace.model.bundle_readme import ORIGINS
from simulator.trace.schema import markdown_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulator.job import Job
    from simulator.trace.model.epochs import EpochCurve
    from simulator.trace.traces import Traces

__all__ = ["drift_readme"]

_SHOWN = ("floor_epochs", "critical_size", "small_size")


def drift_readme(
    job: Job,
    traces: Traces,
    *,
    fitted: EpochCurve,
    moved: Sequence[EpochCurve],
    drift: Mapping[str, tuple[float, ...]],
    given: Mapping[str, Any],
    name: str,
    command: str,
) -> str:
    """Explain a directory of traces that drift.

    Parameters
    ----------
    job
        The job that drifts.
    traces
        What was drawn.
    fitted
        Curve of epochs of the job that it is like.
    moved
        The same, slice by slice.
    drift
        Factors that the curve was moved by, from the first slice to the last.
    given
        The other arguments of `simulator.trace.model.drift.synthesize_drift`.
    name
        Name of the traces that the model was fitted on.
    command
        The command line that makes the directory.

    Returns
    -------
    str
        Markdown. Its first line says that all of this is synthetic.
    """
    moves = markdown_table(
        ("parameter", "fitted value", "factors"),
        [
            (f"`{each}`", f"{getattr(fitted, each):g}", ", ".join(f"{x:g}" for x in factors))
            for each, factors in drift.items()
        ],
    )
    return f"""# SYNTHETIC traces of a job that drifts: made of a fitted model, recorded by nobody

Each recurrence of the job trains on the next of {given["slices"]} slices of its data, and what the data ask for moves:
the batch size that is best at first need not be the one that is best at last. Traces of this kind come with the
package: `--traces drift`, or `simulator.read_traces("drift")`.

| file | rows | what |
| --- | --- | --- |
| `train.csv` | {len(traces.train)} | epochs to target, {given["runs"]} runs per slice and batch size |
| `power_{traces.gpu}.csv` | {len(traces.power)} | time and power of an epoch, the same in all slices |

`trace.json` names the job: {job.workload}, target {job.target_metric:g}, {job.max_epochs} epochs allowed, default batch
size {job.default_bs}, which reaches the target in every run of every slice.

## Provenance

The idea is that of Capriccio, the drifting data set of the Zeus paper (NSDI'23): 38 slices of Sentiment140, each a
window of 500,000 tweets, for a model that is trained again as the window moves on (repository ml-energy/zeus, folder
`examples/research_reproducibility/zeus_nsdi23/capriccio`). How many epochs each batch size needs on each of its slices
is not among the published traces. **So the drift is made up**: it is no measurement of Capriccio, and no verdict about
real drift follows from it.

The job is `{given["dataset"]}` of the bundled traces, with `-drift` after the name of its dataset; its curves were
fitted on {ORIGINS.get(name, name)}.

Made, and made again byte for byte, by

```sh
{command}
```

## What drifts, and how

Epochs to the target at batch size B are, but for their spread and rounding to whole epochs,

    floor_epochs · (1 + (B / critical_size)^large_steepness + (small_size / B)^small_steepness)

The values are those fitted without drift, times a factor. Factors lie evenly over the slices, the first at the first
slice and the last at the last; between them, the factor's logarithm changes evenly. Runs spread log-normally about the
curve, with a standard deviation of the logarithm of {given["spread"]:g} at least, which is made up, too: fitted were
{min(fitted.spreads):g} to {max(fitted.spreads):g}.

{moves}

Slice by slice, with the configuration of least expected cost at η = 0.5 among the runs drawn:

{_slices(job, traces, moved)}
"""


def _slices(job: Job, traces: Traces, moved: Sequence[EpochCurve]) -> str:
    """Lay out the curve of each slice, and its best configuration."""
    table = traces.table(job)
    rows = []
    for at, curve, energy, time in zip(table.slices.tolist(), moved, *expected_of_slices(table), strict=True):
        known = np.isfinite(energy)
        cost = np.full(energy.shape, np.inf)
        cost[known] = energy_time_cost(energy[known], time[known], eta=0.5, max_power_w=table.max_power_w)
        size, limit = np.unravel_index(cost.argmin(), cost.shape)
        values = (f"{getattr(curve, name):.3g}" for name in _SHOWN)
        rows.append((at, *values, table.batch_sizes[size], table.power_limits_w[limit]))
    return markdown_table(("slice", *(f"`{name}`" for name in _SHOWN), "best batch size", "best limit [W]"), rows)
