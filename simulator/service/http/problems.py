"""Refusals under ``/v1``: problem details (RFC 9457) for every error."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response

from simulator.errors import (
    BadOperationError,
    BadValueError,
    DatabaseError,
    ExhaustedError,
    JobConflictError,
    KeyReusedError,
    SpecError,
    TrialEndedError,
    UnknownJobError,
    UnknownTrialError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import Scope

__all__ = ["REFUSALS", "Json", "invalid", "problem", "refused"]

#: What a caller can do something about: status code under ``/v1``, and the title for people. The type ends in the
#: name of the error without its last word, so that a client can raise the same.
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    UnknownJobError: (404, "No such job"),
    UnknownTrialError: (404, "No such trial"),
    JobConflictError: (409, "Another job has this id"),
    TrialEndedError: (409, "The trial has ended"),
    ExhaustedError: (409, "No batch size is left to choose"),
    BadOperationError: (409, "This cannot be done now"),
    KeyReusedError: (422, "The idempotency key was used for another request"),
    SpecError: (422, "The job cannot work"),
    BadValueError: (422, "A value cannot be stored"),
    DatabaseError: (503, "The database does not answer"),
}


#: How many faults of one request are told in a sentence; all are in ``errors``.
MOST_SAID = 5


class Json(Response):
    """An answer in JSON, in the bytes that the published server would write."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write it; letters that UTF-8 has no bytes for stay escaped."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")


def problem(
    scope: Scope,
    status: int,
    detail: str,
    *,
    kind: str | None = None,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Json:
    """Answer with problem details.

    Parameters
    ----------
    scope
        The request's: its path is the problem's instance.
    status, detail
        Status code, and what went wrong in this case.
    kind
        Last word of the problem's type; None: nothing more than the status code says.
    title
        What went wrong in all such cases; None: the name of the status code.
    headers
        More headers.
    **more
        More members.
    """
    content = {
        "type": f"urn:simulator:problem:{kind}" if kind else "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": quote(scope["path"], safe="/%:@!$&'()*+,;=~-._"),
        **more,
    }
    return Json(content, status, dict(headers or {}), "application/problem+json")


def refused(scope: Scope, error: Exception) -> Json:
    """Answer with what a use case refused with; what a database said of it stays in the log."""
    kind = next(kind for kind in REFUSALS if isinstance(error, kind))
    status, title = REFUSALS[kind]
    detail = "the database does not answer; ask again" if kind is DatabaseError else str(error)
    headers = {"Retry-After": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem(scope, status, detail, kind=_word(kind), title=title, headers=headers)


def invalid(scope: Scope, errors: Sequence[Mapping[str, Any]], *, kind: str = "invalid") -> Json:
    """Answer a request whose parts are not what they should be: each error has ``loc``, ``msg`` and ``type``."""
    more = f"; and {len(errors) - MOST_SAID} more" if len(errors) > MOST_SAID else ""
    said = "; ".join(map(_fault, errors[:MOST_SAID])) + more
    return problem(scope, 422, said, kind=kind, title="The request cannot be understood", errors=list(errors))


def _fault(error: Mapping[str, Any]) -> str:
    where = ".".join(map(str, error["loc"]))
    said = str(error["msg"])
    if error["type"] == "value_error":  # of our own, and whole as it is: it names the fields that it is about
        said = said.removeprefix("Value error, ")
        return said if where == "body" else f"{where}: {said}"
    return f"{where}: {said}"


def _word(kind: type[Exception]) -> str:
    letters = [f"-{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__.removesuffix("Error")]
    return "".join(letters).removeprefix("-")
