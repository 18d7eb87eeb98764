"""The OpenAPI document: what FastAPI knows, and what it cannot know of how this service answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from simulator.service.http.v1.answers import Problem
from simulator.service.http.v1.bodies import Finish, Order, Profile, Report, Runs
from simulator.service.http.v1.parameters import PRINTABLE
from simulator.service.model import JobSpec

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["describe"]

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")

#: Bodies that are read without FastAPI, and the one that it does not write.
_MODELS = (JobSpec, Order, Report, Finish, Profile, Runs, Problem)

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_INVALID = {"description": "Something in the request is not what it should be", "content": _PROBLEM}
_NO_TOKEN = {"description": "The token is missing, or not known", "content": _PROBLEM}
_NO_DATABASE = {"description": "The database does not answer; ask again", "content": _PROBLEM}


def describe(app: FastAPI, *, asks_for_token: bool) -> dict[str, Any]:
    """Make the document.

    Parameters
    ----------
    app
        The application.
    asks_for_token
        Whether its paths ask for a bearer token.
    """
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
    )
    schemas = document["components"]["schemas"]
    _, extra = models_json_schema(
        [(kind, "validation") for kind in _MODELS], ref_template="#/components/schemas/{model}"
    )
    schemas.update(extra["$defs"])
    for name in ("batch_sizes", "power_limits_w"):
        schemas["JobSpec"]["properties"][name]["uniqueItems"] = True
    for name in ("JobSpec", "LegacyJob"):
        _state_letters(schemas[name])
    _state_whole(document)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path.startswith("/v1/"):
                _complete(operation["responses"], asks_for_token=asks_for_token)
                if asks_for_token:
                    operation["security"] = [{"bearer": []}]
    if asks_for_token:
        document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    return document


def _state_letters(schema: dict[str, Any]) -> None:
    """Say of a job's texts what a function checks, which the document cannot know of: no control characters."""
    for field in schema["properties"].values():
        for one in (field, *field.get("anyOf", ())):
            if one.get("type") == "string":
                one["pattern"] = PRINTABLE


def _state_whole(part: Any) -> None:
    """Write bounds of whole numbers without a point: FastAPI makes floats of some, which are rounded from 2^53 on."""
    if isinstance(part, dict):
        if part.get("type") == "integer":
            part.update({bound: int(part[bound]) for bound in _BOUNDS if bound in part})
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            _state_whole(inner)


def _complete(responses: dict[str, Any], *, asks_for_token: bool) -> None:
    for code, response in responses.items():
        if int(code) >= 400:
            response["content"] = _PROBLEM
    responses["422"] = _INVALID
    responses["503"] = _NO_DATABASE
    if asks_for_token:
        responses["401"] = _NO_TOKEN
