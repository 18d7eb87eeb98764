"""What requests under ``/v1`` carry, and how it is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from simulator.service.model.spec import LARGEST, MAX_POWER_LIMITS, Count, Real
from simulator.service.model.trial import LARGEST_AMOUNT, Origin

if TYPE_CHECKING:
    from fastapi import Request

__all__ = ["MAX_RUNS", "Finish", "Order", "Profile", "Report", "Run", "Runs", "carries", "read"]

#: Most runs that one request may enter.
MAX_RUNS = 256

_Body = TypeVar("_Body", bound=BaseModel)

Amount = Annotated[Real, Field(ge=0, le=LARGEST_AMOUNT)]


Elsewhere = Literal[Origin.RECORDED, Origin.SYNTHETIC, Origin.PREDICTED, Origin.UNKNOWN]


class Body(BaseModel):
    """What they have in common: fields that nobody knows are left alone."""

    model_config = ConfigDict(extra="ignore")


class Order(Body):
    """What a trial shall be."""

    batch_size: Count | None = Field(default=None, description="Its batch size; null: the policy chooses.")


class Report(Body):
    """How a trial gets on."""

    energy_j: Amount = Field(description="Energy used up since it began [J].")
    time_s: Amount = Field(description="Time since it began [s].")
    metric: Real | None = Field(description="Validation metric after the epoch; null: it was no number.")
    epoch: Count = Field(description="Epochs done.")


class Finish(Body):
    """What a trial came to, from someone who knows it."""

    energy_j: Amount = Field(description="Energy used up [J].")
    time_s: Amount = Field(description="Time used up [s].")
    converged: bool = Field(description="Whether it reached the target at an affordable cost.")
    cost: Amount | None = Field(default=None, description="What the policy is told [J]; null: the cost of both.")
    epoch: Annotated[int, Field(ge=0, le=LARGEST)] = Field(default=0, description="Epochs done; 0: not known.")
    origin: Origin = Field(default=Origin.LIVE, description="Where this comes from, if not from a run.")


class Measurement(Body):
    """What an epoch takes at a power limit."""

    power_limit_w: Count = Field(description="The limit of each GPU [W].")
    power_w: Amount = Field(description="Mean power of all GPUs of the trial together [W].")
    time_s: Amount = Field(gt=0, description="Time of an epoch [s].")


class Profile(Body):
    """What epochs take at several power limits."""

    measurements: Annotated[list[Measurement], Field(min_length=1, max_length=MAX_POWER_LIMITS)]


class Run(Body):
    """A run that took place without the service."""

    batch_size: Count
    energy_j: Amount
    time_s: Amount
    converged: bool
    power_limit_w: Count | None = None
    epoch: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    metric: Real | None = None
    cost: Amount | None = None
    origin: Elsewhere = Field(default=Origin.UNKNOWN, description="Where it was recorded, or made up.")


class Runs(Body):
    """Such runs, in the order in which they took place."""

    runs: Annotated[list[Run], Field(min_length=1, max_length=MAX_RUNS)]


async def read(request: Request, kind: type[_Body], *, empty: bytes = b"") -> _Body:
    """Read a request's body: JSON whose values have the types that they should have, and no others.

    Parameters
    ----------
    request
        The request; without a content type it is taken for JSON.
    kind
        What its body is.
    empty
        What stands for an empty body.

    Raises
    ------
    RequestValidationError
        If it is something else.
    HTTPException
        If it is not JSON.
    """
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, f"the body is {media_type}; send application/json")
    body = await request.body() or empty
    try:
        return kind.model_validate_json(body, strict=True)
    except ValidationError as error:
        errors = _faults(error)
    if b"." in body and any(one["type"] == "int_type" for one in errors):
        try:
            return kind.model_validate_json(_with_whole_numbers(body), strict=True)
        except ValidationError as error:
            errors = _faults(error)
    if errors[0]["type"] == "json_invalid":
        raise HTTPException(400, f"the body cannot be read: {errors[0]['msg']}")
    raise RequestValidationError(errors)


def _faults(error: ValidationError) -> list[dict[str, Any]]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{**one, "loc": ("body", *one["loc"])} for one in found]


def _with_whole_numbers(body: bytes) -> bytes:
    """Write numbers such as 64.0 without their point: for JSON Schema, and for JavaScript, they are integers."""

    def number(text: str) -> float | int:
        value = float(text)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value

    return json.dumps(json.loads(body, parse_float=number)).encode()


def carries(kind: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """Describe a body that `read` reads, for the schema."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}
