"""The tables of a bundle's README: jobs, parameters and residuals, as Markdown."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.trace.model.fit import residual_table
from simulator.trace.model.left_out import transfer_errors
from simulator.trace.schema import markdown_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.trace.model.parameters import Parameters
    from simulator.trace.model.stock import StockJob

__all__ = ["epoch_values", "field_meanings", "job_table", "machine_values", "residuals", "transfers"]


def job_table(stock: Sequence[StockJob]) -> str:
    """Lay out jobs: target, epochs allowed, default batch sizes."""
    rows = []
    for each in stock:
        others = [f"{size} ({gpu})" for gpu, size in each.default_bs_by_gpu.items()]
        job = each.job
        better = "higher" if job.higher_is_better else "lower"
        sizes = ", ".join([str(job.default_bs), *others])
        rows.append((job.workload, f"{job.target_metric:g} ({better} is better)", job.max_epochs, sizes))
    return markdown_table(("workload", "target", "epochs allowed", "default batch size"), rows)


def field_meanings(curve: type) -> str:
    """Turn the parameters of a curve's docstring into a table."""
    text = inspect.getdoc(curve) or ""
    section = text.split("Parameters\n----------\n", 1)[-1]
    entries = re.findall(r"^(\S.*)\n((?:    .*\n?)+)", section, flags=re.MULTILINE)
    rows = [(", ".join(f"`{name}`" for name in names.split(", ")), " ".join(body.split())) for names, body in entries]
    return markdown_table(("parameter", "meaning"), rows)


def epoch_values(parameters: Parameters) -> str:
    """Lay out the main parameters of every target's curve."""
    fields = ("floor_epochs", "critical_size", "small_size")
    rows = [
        (
            workload.dataset,
            f"{curve.target_metric:g}",
            *(f"{getattr(curve, field):.3g}" for field in fields),
            f"{np.min(curve.spreads):.2f} to {np.max(curve.spreads):.2f}",
        )
        for workload in parameters.workloads
        for curve in workload.targets
    ]
    return markdown_table(("dataset", "target", *(f"`{field}`" for field in fields), "`spreads`"), rows)


def machine_values(parameters: Parameters) -> str:
    """Lay out the main parameters of every workload's curve on every GPU."""
    fields = ("steady_s", "overhead_s", "idle_w", "dynamic_w", "half_size", "floor_w")
    rows = [
        (workload.dataset, gpu, *(f"{getattr(machine, field):.3g}" for field in fields))
        for workload in parameters.workloads
        for gpu, machine in workload.machines.items()
    ]
    return markdown_table(("dataset", "GPU", *(f"`{field}`" for field in fields)), rows)


def residuals(parameters: Parameters) -> str:
    """Lay out how far every curve is from what was recorded."""
    rows = [
        (row.dataset, row.gpu or "any", row.quantity, f"{row.relative_rmse:.1%}", f"{row.worst:+.1%}", row.n)
        for row in residual_table(parameters).itertuples()
    ]
    return markdown_table(("dataset", "GPU", "quantity", "RMSE", "worst", "points"), rows)


def transfers(parameters: Parameters) -> str:
    """Lay out by which factors workloads are off on GPUs that they are carried over to."""
    errors = transfer_errors(parameters)
    if errors.empty:
        return "No workload can be carried over from one of these GPUs to another."
    columns = ["time_factor", "power_factor"]
    summary = errors[columns].agg(["median", "max"]).set_axis(["median of all", "worst of all"])
    errors = pd.concat([errors, summary.rename_axis("dataset").reset_index().assign(gpu="")])
    rows = [(row.dataset, row.gpu, f"{row.time_factor:.2f}", f"{row.power_factor:.2f}") for row in errors.itertuples()]
    return markdown_table(("dataset", "GPU", "factor in time_per_epoch", "factor in average_power"), rows)
