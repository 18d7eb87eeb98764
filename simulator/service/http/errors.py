"""From exceptions to answers: problem details under ``/v1``, the published server's bodies elsewhere."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from simulator.errors import (
    DatabaseError,
    ExhaustedError,
    JobConflictError,
    SpecError,
    UnknownJobError,
    UnknownTrialError,
)
from simulator.service.http.problems import REFUSALS, Json, invalid, problem, refused

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from starlette.types import Scope

__all__ = ["handle_errors", "plain", "unexpected"]

logger = logging.getLogger("simulator.service")

#: What the published paths answer with 409, as those of ``/v1`` do: it lasts, however often one asks.
LASTING = (JobConflictError, ExhaustedError)


def handle_errors(app: FastAPI) -> None:
    """Let an application answer errors as its clients expect them."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _by_router)
    for kind in REFUSALS:
        app.add_exception_handler(kind, _refusal)


def unexpected(scope: Scope, error: Exception) -> Json:
    """Answer an error that nobody foresaw with a number under which the log has it, and with nothing else of it."""
    number = secrets.token_hex(8)
    logger.error("error %s at %s %s", number, scope["method"], scope["path"], exc_info=error)
    said = f"something went wrong in the server; its log has it as error {number}"
    if _is_ours(scope):
        return problem(scope, 500, said, error_id=number)
    return Json({"message": said}, 500)


def plain(scope: Scope, status: int, detail: str, headers: dict[str, str] | None = None) -> Json:
    """Answer a refusal that no use case made."""
    if _is_ours(scope):
        return problem(scope, status, detail, headers=headers)
    return Json({"detail": detail}, status, headers)


def _is_ours(scope: Scope) -> bool:
    return bool(scope["path"].startswith("/v1/"))


async def _refusal(request: Request, error: Exception) -> Json:
    if isinstance(error, DatabaseError):
        logger.warning("%s %s: %s", request.method, request.url.path, error)
    if _is_ours(request.scope):
        return refused(request.scope, error)
    return _legacy_refusal(request, error)


def _legacy_refusal(request: Request, error: Exception) -> Json:
    if isinstance(error, SpecError):
        return Json({"detail": [{"loc": ["body"], "msg": str(error), "type": "value_error"}]}, 422)
    if isinstance(error, DatabaseError):
        return Json({"message": "the database does not answer; ask again"}, 503, {"Retry-After": "1"})
    if isinstance(error, LASTING):
        return Json({"message": str(error)}, 409)
    unknown = isinstance(error, UnknownJobError | UnknownTrialError)
    return Json({"message": str(error)}, 404 if unknown and request.method in {"PATCH", "DELETE"} else 400)


async def _invalid(request: Request, error: Exception) -> Json:
    errors = [
        {"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]}
        for one in error.errors()  # type: ignore[attr-defined]  # it is a RequestValidationError
    ]
    if not _is_ours(request.scope):
        return Json({"detail": errors}, 422)
    return invalid(request.scope, errors)


async def _by_router(request: Request, error: Exception) -> Json:
    raised: Any = error  # it is an HTTPException
    headers = raised.headers
    if raised.status_code == 405:
        headers = {"Allow": ", ".join(sorted(_methods(request)))}
    return plain(request.scope, raised.status_code, raised.detail, headers)


def _methods(request: Request) -> set[str]:
    """All methods of a path: the router knows only those of the first route that has it."""
    routes = request.app.state.routes
    return {method for route in routes if route.path_regex.match(request.scope["path"]) for method in route.methods}
