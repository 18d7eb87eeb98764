"""Parameters of paths, queries and headers, with their limits, so that the schema states them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Path, Query

from simulator.service.model.spec import LARGEST, MAX_ID, MAX_NAME

__all__ = ["PRINTABLE", "AfterId", "AfterNumber", "JobId", "Key", "Limit", "Number", "Prefix", "refusals"]

#: Text without control characters: no database stores all of them.
PRINTABLE = r"^[^\x00-\x1f]*$"

JobId = Annotated[str, Path(min_length=1, max_length=MAX_ID, description="Which job; percent-encoded, a slash as %2F.")]
Number = Annotated[int, Path(ge=1, le=LARGEST, description="Which of its trials.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
AfterId = Annotated[str, Query(max_length=MAX_ID, pattern=PRINTABLE, description="Those behind this id.")]
AfterNumber = Annotated[int, Query(ge=0, le=LARGEST, description="Those behind this number.")]
Prefix = Annotated[str, Query(max_length=MAX_NAME, pattern=PRINTABLE, description="Those whose id begins like this.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="A text made up for this request: sent again with the same, it is not carried out again.",
    ),
]

_SAID = {
    400: "The body is no JSON",
    404: "No such job, or trial",
    409: "This cannot be done any more, or contradicts what is stored",
    413: "The body is too large",
    415: "The body is no JSON",
}


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Describe the refusals of a path, beside those that all paths have."""
    return {code: {"description": _SAID[code]} for code in codes}
