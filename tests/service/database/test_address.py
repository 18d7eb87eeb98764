"""URLs of databases."""

from __future__ import annotations

import pytest

from simulator.errors import DatabaseError
from simulator.service.database.address import Address


@pytest.mark.parametrize(
    ("text", "dialect", "shown"),
    [
        ("sqlite:///jobs.db", "sqlite", "sqlite:///jobs.db"),
        ("sqlite+aiosqlite:////var/lib/a b%c.db", "sqlite", "sqlite:////var/lib/a b%c.db"),
        ("postgresql://ann:secret@db:5433/jobs", "postgresql", "postgresql://ann:***@db:5433/jobs"),
        ("postgres://ann@db/jobs", "postgresql", "postgresql://ann@db/jobs"),
        ("postgresql+asyncpg://db/jobs?password=secret", "postgresql", "postgresql://db/jobs"),
    ],
)
def test_urls_are_understood_and_shown_without_secrets(text, dialect, shown):
    """The usual spellings mean what they say; no password is shown."""
    address = Address.parse(text)
    assert (address.dialect, address.shown) == (dialect, shown)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jobs.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:jobs.db?mode=ro&uri=true",
        "sqlite://host/secret.db",
        "mysql://ann:secret@db/jobs",
        "postgresql+psycopg2://ann:secret@db/jobs",
        "postgresql://ann:secret@db:port/jobs",
        "ann:secret@db/jobs",
    ],
)
def test_other_urls_are_refused_without_secrets(text):
    """The error says which forms there are."""
    with pytest.raises(DatabaseError, match=r"write sqlite:///.* or postgresql://") as raised:
        Address.parse(text)
    assert "secret" not in str(raised.value)
