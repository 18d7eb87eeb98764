"""A model of recorded traces: fit it, synthesize from it, ask it what if.

::

    recorded tables ── fit_model ──▶ Parameters ◀──▶ parameters.json
                                        │
                     ┌──────────────────┼────────────────────┐
                synthesize       predict_power, predict_runs   write_bundle
             (as many runs as   (rows nobody recorded,     (the traces that come
               you like)          labelled as such)           with this package)
                                        │
                    write_drift  write_prediction
                  (a job that   (a GPU nobody recorded,
                     drifts)       to replay)

Its curves: `EpochCurve` (epochs to target by batch size) and `MachineCurve` (time and power of an epoch by batch size
and power limit).
"""

from simulator.trace.model.bundle import write_bundle
from simulator.trace.model.drift_bundle import write_drift
from simulator.trace.model.epochs import EpochCurve
from simulator.trace.model.fit import fit_model, residual_table
from simulator.trace.model.groups import synthesize_groups
from simulator.trace.model.machine import MachineCurve
from simulator.trace.model.parameters import Parameters, Workload
from simulator.trace.model.predict import predict_power, predict_runs
from simulator.trace.model.residual import Residual
from simulator.trace.model.stored import parse_parameters, read_parameters
from simulator.trace.model.synthesize import synthesize
from simulator.trace.model.what_if import write_prediction

__all__ = [
    "EpochCurve",
    "MachineCurve",
    "Parameters",
    "Residual",
    "Workload",
    "fit_model",
    "parse_parameters",
    "predict_power",
    "predict_runs",
    "read_parameters",
    "residual_table",
    "synthesize",
    "synthesize_groups",
    "write_bundle",
    "write_drift",
    "write_prediction",
]
