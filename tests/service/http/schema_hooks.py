"""What a schema cannot say of a request, for those that schemathesis makes from the document."""

from __future__ import annotations

import uuid
from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Let each key be new, and a body not contradict itself, nor what is stored."""
    key = case.headers and case.headers.get("Idempotency-Key", "").strip()
    if key and len(key) < 200:
        case.headers["Idempotency-Key"] += uuid.uuid4().hex
    if isinstance(case.body, dict):
        if case.operation.label == "POST /v1/jobs/{job_id}/trials" and is_number(case.body.get("batch_size")):
            case.body["batch_size"] = None
        agree(case.body)


def agree(body: dict[str, Any]) -> None:
    """Let the default be one of the sizes, an id begin with its prefix, and policies exist."""
    sizes = body.get("batch_sizes")
    if isinstance(sizes, list) and sizes and is_number(body.get("default_batch_size")):
        body["default_batch_size"] = sizes[0]
    if isinstance(body.get("job_id"), str) and isinstance(body.get("job_id_prefix"), str):
        body["job_id_prefix"] = ""
    if isinstance(body.get("policy"), str) and body["policy"]:
        body["policy"] = "pruning-gts"
    if isinstance(body.get("power_policy"), str | None) or not body.get("power_limits_w"):
        body.pop("power_policy", None)
        body.pop("power_limits_w", None)
    if is_number(body.get("window_size")):
        body["window_size"] = 0


def is_number(value: Any) -> bool:
    """Tell a number from all else."""
    return isinstance(value, int | float) and not isinstance(value, bool)
