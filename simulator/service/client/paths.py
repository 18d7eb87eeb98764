"""Addresses of what the service keeps."""

from __future__ import annotations

from urllib.parse import quote

__all__ = ["job_path", "trial_path"]


def job_path(job_id: str) -> str:
    """Address of a job; whatever its id holds is one part of the path.

    Examples
    --------
    >>> job_path("nlp/bert base"), job_path("..")
    ('/v1/jobs/nlp%2Fbert%20base', '/v1/jobs/%2E%2E')
    """
    part = quote(job_id, safe="")
    return "/v1/jobs/" + (part.replace(".", "%2E") if part in (".", "..") else part)


def trial_path(job_id: str, number: int) -> str:
    """Address of a trial."""
    return f"{job_path(job_id)}/trials/{number}"
