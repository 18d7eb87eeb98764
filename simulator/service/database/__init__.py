"""Where jobs are kept: tables, transactions, migrations; SQLite and PostgreSQL."""

from __future__ import annotations

from simulator.service.database.database import Database
from simulator.service.database.versions import check_version, current, downgrade, migrate

__all__ = ["Database", "check_version", "current", "downgrade", "migrate"]
