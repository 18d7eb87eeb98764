"""Errors for what the service refuses, of the kind that it names."""

from __future__ import annotations

import json
from typing import Any

from simulator.errors import (
    BadOperationError,
    BadValueError,
    ExhaustedError,
    JobConflictError,
    KeyReusedError,
    RefusedError,
    SpecError,
    TrialEndedError,
    UnknownJobError,
    UnknownTrialError,
)

__all__ = ["refusal"]

#: How much of an answer that is no problem document is quoted [letters].
QUOTED = 300


class RefusedJobConflictError(RefusedError, JobConflictError):
    """Another job is registered under this id."""


class RefusedUnknownJobError(RefusedError, UnknownJobError):
    """No job is registered under this id."""


class RefusedUnknownTrialError(RefusedError, UnknownTrialError):
    """The job has no such trial."""


class RefusedTrialEndedError(RefusedError, TrialEndedError):
    """The trial has ended, and takes no report."""


class RefusedKeyReusedError(RefusedError, KeyReusedError):
    """An idempotency key came again with another request."""


class RefusedSpecError(RefusedError, SpecError):
    """The job's description contradicts itself, or cannot work."""


class RefusedExhaustedError(RefusedError, ExhaustedError):
    """The job's policy has no batch size left to choose."""


class RefusedBadValueError(RefusedError, BadValueError):
    """The service cannot store a value."""


class RefusedBadOperationError(RefusedError, BadOperationError):
    """The service cannot do this now."""


#: By the last word of a problem's type.
KINDS: dict[str, type[RefusedError]] = {
    "job-conflict": RefusedJobConflictError,
    "unknown-job": RefusedUnknownJobError,
    "unknown-trial": RefusedUnknownTrialError,
    "trial-ended": RefusedTrialEndedError,
    "key-reused": RefusedKeyReusedError,
    "spec": RefusedSpecError,
    "exhausted": RefusedExhaustedError,
    "bad-value": RefusedBadValueError,
    "bad-operation": RefusedBadOperationError,
}

NOT_FOUND = 404

#: What to do about some codes, whatever the service says.
ADVICE = {
    401: "give token=, or set SIMULATOR_SERVICE_TOKEN to one that the server knows",
    403: "give token=, or set SIMULATOR_SERVICE_TOKEN to one that the server knows",
    NOT_FOUND: "is this the address of `simulator serve`?",
    405: "is this the address of `simulator serve`?",
    413: "the request is larger than the server takes",
}

#: What to do about a job whose trials all failed.
ANEW = (
    "once you know why (its trials, on the page), let it begin anew: Client.delete(job_id), and train() with more "
    "max_epochs, a larger beta or other batch_sizes"
)


def refusal(asked: str, status: int, content: bytes) -> RefusedError:
    """Make the error for an answer that is no success.

    Parameters
    ----------
    asked
        What was asked for: method and address.
    status
        The answer's status code.
    content
        Its body: problem details (RFC 9457), or anything else.

    Returns
    -------
    RefusedError
        To be raised; of a more special kind if the problem's type says so.

    Examples
    --------
    >>> body = b'{"type": "urn:simulator:problem:unknown-job", "detail": "no job cat; there are: dog"}'
    >>> error = refusal("GET http://localhost/v1/jobs/cat", 404, body)
    >>> print(type(error).__name__, error.status, error)
    RefusedUnknownJobError 404 no job cat; there are: dog (GET http://localhost/v1/jobs/cat, 404)
    >>> isinstance(error, UnknownJobError), isinstance(error, LookupError)
    (True, True)
    """
    problem = _problem(content)
    said = problem.get("detail") or problem.get("title") or problem.get("message") or "the service said nothing more"
    said = said if isinstance(said, str) else json.dumps(said)
    kind = KINDS.get(_last_word(problem.get("type")), RefusedError)
    advice = f"; {ADVICE[status]}" if status in ADVICE and kind is RefusedError else ""
    advice = f"; {ANEW}" if kind is RefusedExhaustedError else advice
    return kind(f"{said[:4000]} ({asked}, {status}){advice}", status=status, problem=problem)


def _problem(content: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(content)
    except (ValueError, RecursionError):
        problem = None
    return problem if isinstance(problem, dict) else {"detail": content[:QUOTED].decode(errors="replace").strip()}


def _last_word(kind: object) -> str:
    word = str(kind).rstrip("/")
    for separator in "/#:":
        word = word.rpartition(separator)[2]
    return word.lower().replace("_", "-").removesuffix("-error")
