"""The README of a directory of synthetic traces, made of what was fitted and drawn, so that it cannot go stale."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from simulator.trace.model.bundle_tables import (
    epoch_values,
    field_meanings,
    job_table,
    machine_values,
    residuals,
    transfers,
)
from simulator.trace.model.epochs import SPREAD_LIMIT, EpochCurve
from simulator.trace.model.fit_epochs import PULL
from simulator.trace.model.groups import DENSITIES
from simulator.trace.model.machine import FLOOR_SHARPNESS, MachineCurve
from simulator.trace.published import PUBLISHED
from simulator.trace.schema import GROUPS, METRICS, POWER, TRAIN, markdown_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from simulator.trace.model.parameters import Parameters
    from simulator.trace.model.stock import StockJob

__all__ = ["bundle_readme"]

#: Where traces of these names come from.
ORIGINS = {
    "zeus-nsdi23": """\
the traces published with J. You, J.-W. Chung, M. Chowdhury, "Zeus: Understanding and Optimizing GPU Energy
Consumption of DNN Training", NSDI'23 (Apache-2.0; repository ml-energy/zeus, commit 75a8b93, folder
`examples/research_reproducibility/zeus_nsdi23/trace`)"""
}


def bundle_readme(
    parameters: Parameters,
    *,
    tables: Mapping[str, pd.DataFrame],
    stock: Sequence[StockJob],
    given: Mapping[str, Any],
    command: str,
) -> str:
    """Explain a directory of synthetic traces.

    Parameters
    ----------
    parameters
        The workloads and targets that were drawn.
    tables
        The tables, by file name.
    stock
        The jobs that the traces are made for.
    given
        What they were drawn with: the keyword arguments of `simulator.trace.model.synthesize`.
    command
        The command line that makes the directory from its own parameters.json.

    Returns
    -------
    str
        Markdown. Its first line says that all of this is synthetic.
    """
    files = markdown_table(
        ("file", "rows", "what"), [(f"`{name}`", len(table), _what(name, given)) for name, table in tables.items()]
    )
    sources = markdown_table(
        ("fitted file", "SHA-256"), [(f"`{name}`", f"`{sha}`") for name, sha in parameters.sources.items()]
    )
    return f"""# SYNTHETIC traces: drawn from a fitted model, recorded by nobody

They are for learning, examples and tests. For a verdict about a policy or a GPU, replay recorded traces
(`simulator trace get zeus-nsdi23`).

{files}

`trace.json` names the jobs that the traces are made for, `parameters.json` holds the model.

## Provenance

Fitted on {ORIGINS.get(parameters.name, parameters.name)}.

Rows are drawn from the model, not copied; target epochs are small whole numbers, so that many coincide with recorded
ones all the same. Settings are not drawn: {_settings(parameters, given)}.

{sources}

{_made(parameters, command)}

## Jobs

{job_table(stock)}

At these batch sizes every run reaches the target within the epochs allowed. This is a property of the synthesis, not
of the fit: replays presume that a user's default converges, so its runs are drawn under that condition. At other sizes
runs fail as often as recorded ones did, and sizes that never reached a target never do.

## Columns

`train.csv`

{TRAIN.markdown()}

`power_<gpu>.csv`

{POWER.markdown()}

`groups.csv`: per dataset {_densities()}

{GROUPS.markdown()}

`metrics.csv`, which only recorded traces have: `simulator trace derive` makes a train trace of it for any target

{METRICS.markdown()}

## Model

Epochs to a target, per workload and target, at batch size B:

    floor_epochs · (1 + (B / critical_size)^large_steepness + (small_size / B)^small_steepness)

{field_meanings(EpochCurve)}

{epoch_values(parameters)}

All values of all curves are in `parameters.json`. The runs of a batch size spread log-normally about the curve,
{SPREAD_LIMIT:g} spreads at most; a run that is slow to one target is slow to all. Each batch size has a spread of its
own, drawn towards the median of the workload's as by {PULL} runs more.

Time and power of an epoch, per workload and GPU, at batch size B and power limit L; with neither noise nor randomness:

    w(B)           = dynamic_w / (1 + half_size / B)
    obeyed(L)      = (L^{FLOOR_SHARPNESS} + floor_w^{FLOOR_SHARPNESS})^(1 / {FLOOR_SHARPNESS})
    overload(B, L) = (1 + (w(B) / (obeyed(L) − idle_w))^cap_sharpness)^(1 / cap_sharpness)
    time_per_epoch = (steady_s + drag_s · B) · (1 − clock_share + clock_share · overload^slowdown_exponent)
                   + overhead_s / B · (1 − overhead_clock_share + overhead_clock_share · overload^slowdown_exponent)
    average_power  = idle_w + busy(B) · w(B) / overload
    busy(B)        = mean of busy_share and overhead_busy_share, weighted by steady_s + drag_s · B and overhead_s / B

{field_meanings(MachineCurve)}

{machine_values(parameters)}

## Residuals

Relative errors of the curves against recorded values: root mean square, the worst, and the number of points. For
epochs, a point is the geometric mean of a batch size's runs.

{residuals(parameters)}

## Predictions

`simulator trace predict`, and `predict_power` in Python, carry a workload over to a GPU on which it never ran. Where
the truth is known, each workload was left out on each GPU in turn, and predicted from the others. Factors by which
time and power of an epoch are off the curve fitted there, over all recorded batch sizes and limits (exponential of
the RMSE of the logarithms; 1 is exact; `transfer_errors` in `simulator.trace.model.left_out` computes them):

{transfers(parameters)}

For a GPU that nobody recorded (`--like`), no truth is known, and errors may be larger.
"""


def _made(parameters: Parameters, command: str) -> str:
    """Give the commands that make the directory again, and its parameters, if whoever reads this can get the traces."""
    made = f"Made, and made again byte for byte, by\n\n```sh\n{command}\n```"
    if parameters.name not in PUBLISHED:
        return made
    file = shlex.quote(shlex.split(command)[3])
    return f"""{made}

The parameters were made by the two commands below. They want the same versions of NumPy and SciPy for equal bytes;
others may differ in the last digits.

```sh
simulator trace get {parameters.name}
simulator trace fit {parameters.name} --out {file}
```"""


def _what(file: str, given: Mapping[str, Any]) -> str:
    if file == "train.csv":
        return f"epochs to target, {given['runs']} runs per batch size"
    if file == "groups.csv":
        return "submissions of recurring jobs, overlapping or not"
    return "time and power of an epoch by batch size and power limit"


def _densities() -> str:
    words = [f"{name} ({density:g} runs in flight on average)" for name, density in DENSITIES.items()]
    return "one group each that is " + ", ".join(words)


def _settings(parameters: Parameters, given: Mapping[str, Any]) -> str:
    """Say where batch sizes, limits and learning rates come from: they are settings, and were not drawn."""
    sizes, limits = ("those asked for" if name in given else "recorded" for name in ("batch_sizes", "power_limits"))
    recorded = all(set(given.get("batch_sizes", ())) <= set(workload.batch_sizes) for workload in parameters.workloads)
    rates = "recorded" if recorded else "those of a power law through the recorded ones"
    return f"batch sizes are {sizes}, power limits {limits}, learning rates {rates}"
