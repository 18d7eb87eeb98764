"""What can go wrong, as one family.

::

    SimulatorError
    ├── JobError            (ValueError)           a job's description lacks something or contradicts itself
    │   └── UnsupportedOptimizerError (NotImplementedError)  no learning rate rule for this optimizer
    ├── TraceError          (ValueError)           a trace cannot be read, or what it holds cannot be true
    │   └── NotInTraceError (LookupError)          the trace is fine, but does not hold what was asked for
    ├── FetchError          (ConnectionError)      published traces could not be brought to this machine
    ├── PolicyError         (ValueError)           a policy was told, or said, something that makes no sense
    │   ├── UnknownPolicyError (LookupError)       no policy is registered under this name
    │   ├── ExhaustedError  (ConvergenceError)     a policy has no batch size left to choose
    │   └── ContractError   (AssertionError)       a policy breaks a rule; see simulator.policy.checks
    ├── ReplayError         (ValueError)           a replay was asked for with impossible knobs
    ├── ConvergenceError    (RuntimeError)         a replayed job did not reach its target
    ├── ExtraMissingError   (ImportError)          an optional part is not installed
    ├── ExploreError        (RuntimeError)         a sweep cannot go on
    │   ├── ConfigError     (ValueError)           a configuration lacks something, or holds what it cannot
    │   ├── GridError       (ValueError)           a plan of a sweep cannot be read, raises, or contradicts itself
    │   ├── UnknownCellError    (LookupError)      no cell, or no grid, is called this
    │   ├── LedgerError     (OSError)              a sweep's folder cannot be read or written, or is damaged
    │   ├── FolderInUseError    (BlockingIOError)  another process runs the sweep in this folder
    │   ├── ExecutorError   (ChildProcessError)    those who were to run the cells cannot be started, or are lost
    │   └── FailedCellsError (RuntimeError)        all that can be done is done, and some cells failed
    ├── ServiceError        (RuntimeError)         the service, or its client, cannot do what was asked
    │   ├── SpecError           (ValueError)       a job's description for the service contradicts itself or cannot work
    │   ├── UnknownJobError     (LookupError)      no job is registered under this id
    │   ├── UnknownTrialError   (LookupError)      the job has no such trial
    │   ├── JobConflictError    (ValueError)       another job is registered under this id
    │   ├── TrialEndedError     (RuntimeError)     the trial has ended, and takes no report
    │   ├── KeyReusedError      (ValueError)       an idempotency key came again with another request
    │   ├── BadOperationError   (RuntimeError)     what is updated was not fetched in this session, or cannot be updated
    │   ├── BadValueError       (ValueError)       a method of the service layer was given what it cannot store
    │   ├── DatabaseError       (OSError)          the database cannot be reached, written, or is of another version
    │   ├── SettingsError       (ValueError)       a setting of the server makes no sense
    │   ├── UnreachableError    (ConnectionError)  the service does not answer
    │   ├── RefusedError        (RuntimeError)     the service refused a request of the client
    │   └── TrainingFailedError (RuntimeError)     a training run was stopped before it reached its target
    └── CollectError        (RuntimeError)         traces could not be collected
        ├── PlanError       (ValueError)           a plan lacks something or contradicts itself
        ├── EventError      (ValueError)           what a training script reported cannot be understood
        ├── SampleError     (ValueError)           recorded samples cannot be read, or do not cover what was asked for
        ├── FrameworkMissingError (ImportError)    a library that an adapter or an example is for is not installed
        ├── SamplerError    (ChildProcessError)    the process that reads the sensors died or does not answer
        └── GpuError        (OSError)              a GPU, or its driver, refused
            ├── NvmlMissingError     (FileNotFoundError)    this machine has no NVML: no driver, or no GPU
            ├── GpuPermissionError   (PermissionError)      only an administrator may do this
            ├── GpuInUseError        (BlockingIOError)      another collection holds the GPU
            ├── GpuNotSupportedError (NotImplementedError)  this GPU cannot do this
            └── GpuLostError         (ConnectionError)      the GPU does not answer any more

Each is also the builtin in brackets, so ``except ValueError`` works for those who do not know this file.
Every message says what is wrong, what exists and what to do.
"""

from __future__ import annotations

from simulator.errors.base import (
    ConvergenceError,
    ExhaustedError,
    ExtraMissingError,
    FetchError,
    JobError,
    NotInTraceError,
    PolicyError,
    ReplayError,
    SimulatorError,
    TraceError,
    UnknownPolicyError,
    UnsupportedOptimizerError,
)
from simulator.errors.collect import (
    CollectError,
    EventError,
    FrameworkMissingError,
    GpuError,
    GpuInUseError,
    GpuLostError,
    GpuNotSupportedError,
    GpuPermissionError,
    NvmlMissingError,
    PlanError,
    SampleError,
    SamplerError,
)
from simulator.errors.explore import (
    ConfigError,
    ExecutorError,
    ExploreError,
    FailedCellsError,
    FolderInUseError,
    GridError,
    LedgerError,
    UnknownCellError,
)
from simulator.errors.names import (
    nearest,
)
from simulator.errors.service import (
    BadOperationError,
    BadValueError,
    DatabaseError,
    JobConflictError,
    KeyReusedError,
    RefusedError,
    ServiceError,
    SettingsError,
    SpecError,
    TrainingFailedError,
    TrialEndedError,
    UnknownJobError,
    UnknownTrialError,
    UnreachableError,
)

__all__ = [
    "BadOperationError",
    "BadValueError",
    "CollectError",
    "ConfigError",
    "ConvergenceError",
    "DatabaseError",
    "EventError",
    "ExecutorError",
    "ExhaustedError",
    "ExploreError",
    "ExtraMissingError",
    "FailedCellsError",
    "FetchError",
    "FolderInUseError",
    "FrameworkMissingError",
    "GpuError",
    "GpuInUseError",
    "GpuLostError",
    "GpuNotSupportedError",
    "GpuPermissionError",
    "GridError",
    "JobConflictError",
    "JobError",
    "KeyReusedError",
    "LedgerError",
    "NotInTraceError",
    "NvmlMissingError",
    "PlanError",
    "PolicyError",
    "RefusedError",
    "ReplayError",
    "SampleError",
    "SamplerError",
    "ServiceError",
    "SettingsError",
    "SimulatorError",
    "SpecError",
    "TraceError",
    "TrainingFailedError",
    "TrialEndedError",
    "UnknownCellError",
    "UnknownJobError",
    "UnknownPolicyError",
    "UnknownTrialError",
    "UnreachableError",
    "UnsupportedOptimizerError",
    "nearest",
]

# In tracebacks and pickles they bear the name that users import, whichever file they stand in.
for _name in __all__:
    if isinstance(_kind := globals()[_name], type):
        _kind.__module__ = __name__
del _name, _kind
