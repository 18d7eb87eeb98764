"""Ids of jobs in addresses: they may hold any letter, a slash as well, and then travel percent-encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from starlette.convertors import Convertor, register_url_convertor

from simulator.errors import UnknownJobError
from simulator.service.model.spec import MAX_ID, is_storable

if TYPE_CHECKING:
    from starlette.types import Scope

__all__ = ["storable", "undecoded"]


class IdConvertor(Convertor[str]):
    """One segment of a path, whose percent-encoding is undone after the path was split."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        """Read a segment."""
        return unquote(value)

    def to_string(self, value: str) -> str:
        """Write a segment."""
        return quote(value, safe="")


#: Lets paths name a segment ``{job_id:id}``.
register_url_convertor("id", IdConvertor())


def undecoded(scope: Scope) -> None:
    """Have a request under ``/v1`` matched by the path as it was sent, where a slash within an id is still ``%2F``."""
    raw = scope.get("raw_path")
    if raw and scope["path"].startswith("/v1/"):
        scope["path"] = raw.partition(b"?")[0].decode("latin-1")


def storable(job_id: str) -> str:
    """Return the id if a job can have it, so that no database is asked for what it cannot hold.

    Raises
    ------
    UnknownJobError
        If no job can have it: it is empty, too long, or has a control character in it.
    """
    if not 0 < len(job_id) <= MAX_ID or not is_storable(job_id):
        raise UnknownJobError(f"there is no job {job_id[:MAX_ID]!r}; no id can be like this")
    return job_id
