"""What can go wrong with the service for live jobs, and with its client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.errors.base import SimulatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BadOperationError",
    "BadValueError",
    "DatabaseError",
    "JobConflictError",
    "KeyReusedError",
    "RefusedError",
    "ServiceError",
    "SettingsError",
    "SpecError",
    "TrainingFailedError",
    "TrialEndedError",
    "UnknownJobError",
    "UnknownTrialError",
    "UnreachableError",
]


class ServiceError(SimulatorError, RuntimeError):
    """The service, or its client, cannot do what was asked."""


class SpecError(ServiceError, ValueError):
    """A job's description for the service contradicts itself, or cannot work."""


class UnknownJobError(ServiceError, LookupError):
    """No job is registered under this id."""


class UnknownTrialError(ServiceError, LookupError):
    """The job has no such trial."""


class JobConflictError(ServiceError, ValueError):
    """Another job is registered under this id."""


class TrialEndedError(ServiceError):
    """The trial has ended, and takes no report."""


class KeyReusedError(ServiceError, ValueError):
    """An idempotency key came again with another request."""


class BadOperationError(ServiceError):
    """What is updated was not fetched in this session, or cannot be updated."""


class BadValueError(ServiceError, ValueError):
    """A value cannot be: it is negative, not finite, none of the job's, or nothing that can be stored."""


class DatabaseError(ServiceError, OSError):
    """The database cannot be reached, written, or is of another version."""


class SettingsError(ServiceError, ValueError):
    """A setting of the server makes no sense."""


class UnreachableError(ServiceError, ConnectionError):
    """The service does not answer."""


class RefusedError(ServiceError):
    """The service refused a request of the client.

    Parameters
    ----------
    message
        What was refused and why.
    status
        The HTTP status code.
    problem
        All that the service said of it: the fields of its problem details (RFC 9457), or its text under ``"detail"``.
    """

    def __init__(self, message: str, *, status: int = 0, problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.problem = dict(problem or {})


class TrainingFailedError(ServiceError):
    """A training run was stopped before it reached its target."""
