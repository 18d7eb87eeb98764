"""Say everything that is wrong with a trace at once, with rows and columns.

Errors make a table unusable; warnings ask for a look. ``str(report)`` is for people.
"""

from simulator.trace.validate.absence import absences
from simulator.trace.validate.joint import validate_job, validate_traces
from simulator.trace.validate.report import Problem, Report
from simulator.trace.validate.tables import validate_groups, validate_metrics, validate_power, validate_train

__all__ = [
    "Problem",
    "Report",
    "absences",
    "validate_groups",
    "validate_job",
    "validate_metrics",
    "validate_power",
    "validate_traces",
    "validate_train",
]
