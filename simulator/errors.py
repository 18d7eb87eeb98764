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
    └── ConvergenceError    (RuntimeError)         a replayed job did not reach its target

Each is also the builtin in brackets, so ``except ValueError`` works for those who do not know this file.
Every message says what is wrong, what exists and what to do.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ConvergenceError",
    "ExhaustedError",
    "FetchError",
    "JobError",
    "NotInTraceError",
    "PolicyError",
    "ReplayError",
    "SimulatorError",
    "TraceError",
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
