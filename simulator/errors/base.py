"""What can go wrong with jobs, traces, policies and replays."""

from __future__ import annotations

__all__ = [
    "ConvergenceError",
    "ExhaustedError",
    "ExtraMissingError",
    "FetchError",
    "JobError",
    "NotInTraceError",
    "PolicyError",
    "ReplayError",
    "SimulatorError",
    "TraceError",
    "UnknownPolicyError",
    "UnsupportedOptimizerError",
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

    #: The negative status of the policy that this stands for, see `simulator.policy.outcome`; 0: none.
    status = 0


class UnknownPolicyError(PolicyError, LookupError):
    """No policy is registered under this name."""


class ConvergenceError(SimulatorError, RuntimeError):
    """A replayed job did not reach its target."""


class ExhaustedError(PolicyError, ConvergenceError):
    """A policy has no batch size left to choose."""


class ReplayError(SimulatorError, ValueError):
    """A replay was asked for with impossible knobs."""


class ExtraMissingError(SimulatorError, ImportError):
    """An optional part is not installed."""
