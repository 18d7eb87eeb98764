"""How far a workload's curve is off where it is carried over to a GPU, and the truth is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator.errors import NotInTraceError
from simulator.trace.model.transfer import transferred

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulator.trace.model.machine import MachineCurve
    from simulator.trace.model.parameters import Parameters

__all__ = ["transfer_errors"]


def transfer_errors(parameters: Parameters) -> pd.DataFrame:
    """Predict each workload on each GPU as if it had never run there, and compare with the curve fitted on it.

    The fitted curve stands in for the recorded rows: those of the traces published with the Zeus paper give the same
    factors within 2 %.

    Parameters
    ----------
    parameters
        A fitted model.

    Returns
    -------
    pandas.DataFrame
        A row per pair of workload and GPU that can be predicted from others: dataset, gpu, and by which factor time
        and power of an epoch are off, ``time_factor`` and ``power_factor`` (exponential of the RMSE of the logarithms
        over the recorded batch sizes and limits, 1 or above).
    """
    rows = []
    for workload in parameters.workloads:
        for gpu, machine in workload.machines.items():
            less = replace(workload, machines={name: each for name, each in workload.machines.items() if name != gpu})
            try:
                curves = transferred(parameters, less, gpu)
            except NotInTraceError:
                continue
            guess = np.mean([_logs(curve, machine) for curve in curves], axis=0)
            factors = np.exp(np.sqrt(np.mean((guess - _logs(machine, machine)) ** 2, axis=1)))
            rows.append((workload.dataset, gpu, *factors.tolist()))
    return pd.DataFrame(rows, columns=["dataset", "gpu", "time_factor", "power_factor"])


def _logs(curve: MachineCurve, recorded: MachineCurve) -> NDArray[np.float64]:
    """Logarithms of time and power where a curve was recorded, shape (2, n_sizes * n_limits)."""
    size = np.repeat(recorded.batch_sizes, len(recorded.power_limits))
    limit = np.tile(recorded.power_limits, len(recorded.batch_sizes))
    return np.log([curve.time_per_epoch(size, limit), curve.average_power(size, limit)])
