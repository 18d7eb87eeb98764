"""Where jobs are kept: tables, transactions, migrations; SQLite and PostgreSQL."""

from __future__ import annotations

from simulator.service.database.database import Database

__all__ = ["Database"]
