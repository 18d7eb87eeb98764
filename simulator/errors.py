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
    ├── ExploreError        (RuntimeError)         a sweep cannot go on
    │   ├── ConfigError     (ValueError)           a configuration lacks something, or holds what it cannot
    │   ├── GridError       (ValueError)           a plan of a sweep cannot be read, raises, or contradicts itself
    │   ├── UnknownCellError    (LookupError)      no cell, or no grid, is called this
    │   ├── LedgerError     (OSError)              a sweep's folder cannot be read or written, or is damaged
    │   ├── FolderInUseError    (BlockingIOError)  another process runs the sweep in this folder
    │   ├── ExecutorError   (ChildProcessError)    those who were to run the cells cannot be started, or are lost
    │   ├── ExtraMissingError   (ImportError)      an optional part is not installed
    │   └── FailedCellsError (RuntimeError)        all that can be done is done, and some cells failed
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

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CollectError",
    "ConfigError",
    "ConvergenceError",
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
    "JobError",
    "LedgerError",
    "NotInTraceError",
    "NvmlMissingError",
    "PlanError",
    "PolicyError",
    "ReplayError",
    "SampleError",
    "SamplerError",
    "SimulatorError",
    "TraceError",
    "UnknownCellError",
    "UnknownPolicyError",
    "UnsupportedOptimizerError",
    "nearest",
]


class SimulatorError(Exception):
    """Anything that this package raises on purpose."""


class JobError(SimulatorError, ValueError):
    """A job's description lacks something or contradicts itself."""


class UnsupportedOptimizerError(JobError, NotImplementedError):
    """No rule is known that scales the learning rate of this optimizer."""


class TraceError(SimulatorError, ValueError):
    """A trace cannot be read, or what it holds cannot be true."""


class NotInTraceError(TraceError, LookupError):
    """The trace is fine, but does not hold what was asked for."""


class FetchError(SimulatorError, ConnectionError):
    """Published traces could not be brought to this machine."""


class PolicyError(SimulatorError, ValueError):
    """A policy was told, or said, something that makes no sense."""


class UnknownPolicyError(PolicyError, LookupError):
    """No policy is registered under this name."""


class ConvergenceError(SimulatorError, RuntimeError):
    """A replayed job did not reach its target."""


class ExhaustedError(PolicyError, ConvergenceError):
    """A policy has no batch size left to choose."""


class ReplayError(SimulatorError, ValueError):
    """A replay was asked for with impossible knobs."""


class ExploreError(SimulatorError, RuntimeError):
    """A sweep cannot go on."""


class ConfigError(ExploreError, ValueError):
    """A configuration lacks something, or holds what it cannot."""


class GridError(ExploreError, ValueError):
    """A plan of a sweep cannot be read, raises, or contradicts itself."""


class UnknownCellError(ExploreError, LookupError):
    """No cell, or no grid, is called this."""


class LedgerError(ExploreError, OSError):
    """A sweep's folder cannot be read or written, or is damaged."""


class FolderInUseError(ExploreError, BlockingIOError):
    """Another process runs the sweep in this folder."""


class ExecutorError(ExploreError, ChildProcessError):
    """Those who were to run the cells cannot be started, or are lost."""


class ExtraMissingError(ExploreError, ImportError):
    """An optional part is not installed."""


class FailedCellsError(ExploreError):
    """All that can be done is done, and some cells failed.

    Attributes
    ----------
    run
        How the run ended: a `simulator.explore.driver.Run`; None if it is not known.
    """

    run: Any = None


class CollectError(SimulatorError, RuntimeError):
    """Traces could not be collected."""


class PlanError(CollectError, ValueError):
    """A plan lacks something or contradicts itself."""


class EventError(CollectError, ValueError):
    """What a training script reported cannot be understood."""


class SampleError(CollectError, ValueError):
    """Recorded samples cannot be read, or do not cover what was asked for."""


class FrameworkMissingError(CollectError, ImportError):
    """A library that an adapter or an example is for is not installed."""


class SamplerError(CollectError, ChildProcessError):
    """The process that reads the sensors died or does not answer."""


class GpuError(CollectError, OSError):
    """A GPU, or its driver, refused."""


class NvmlMissingError(GpuError, FileNotFoundError):
    """NVML is not on this machine: no driver, or no GPU."""


class GpuPermissionError(GpuError, PermissionError):
    """Only an administrator may do this to a GPU."""


class GpuInUseError(GpuError, BlockingIOError):
    """Another collection holds the GPU."""


class GpuNotSupportedError(GpuError, NotImplementedError):
    """The GPU cannot do what was asked of it."""


class GpuLostError(GpuError, ConnectionError):
    """The GPU does not answer any more."""


def nearest(wanted: str, existing: Iterable[str]) -> str:
    """Say which existing name comes closest, as the end of an error message.

    Parameters
    ----------
    wanted
        The name that was not found.
    existing
        The names that exist.

    Returns
    -------
    str
        ``"; did you mean 'x'?"``, or an empty string if nothing comes close.

    Examples
    --------
    >>> nearest("Adadelta", ["adadelta", "adam"])
    "; did you mean 'adadelta'?"
    >>> nearest("sgd", ["adadelta", "adam"])
    ''
    """
    by_folded = {name.casefold(): name for name in existing}
    close = get_close_matches(wanted.casefold(), by_folded, n=1)
    return f"; did you mean {by_folded[close[0]]!r}?" if close else ""
