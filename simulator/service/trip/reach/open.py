"""Opens a service, here or elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from simulator.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.service.trip.reach.live import LiveService

__all__ = ["open_service"]


@contextmanager
def open_service(
    *, url: str | None = None, token: str | None = None, database: str | None = None, creates: bool = False
) -> Iterator[LiveService]:
    """Offer a running server, or a service of our own on a database.

    Parameters
    ----------
    url, token
        The server's address, and the bearer token that it asks for.
    database
        URL of the database, ``sqlite:///file`` or ``postgresql://user@host/name``. A server may run on it meanwhile.
    creates
        Whether a database that is new or old is brought up to date, as a server does when it starts; otherwise it is
        refused.

    Yields
    ------
    LiveService
        The service.

    Raises
    ------
    SettingsError
        If both are given, or neither.
    DatabaseError
        If the database cannot be used, or is of another version.
    """
    if (url is None) == (database is None):
        raise SettingsError("give the server's url or its database, one of both")
    service: LiveService
    if url is not None:
        from simulator.service.trip.reach.remote import RemoteService

        service = RemoteService(url, token)
    else:
        from simulator.service.trip.reach.local import LocalService

        service = LocalService(str(database), migrates=creates)
    try:
        yield service
    finally:
        service.close()
