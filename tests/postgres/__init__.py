"""A real PostgreSQL for tests: own cluster, password, port and folder, and nothing outside of them.

Several may run beside one another, and beside a PostgreSQL of the machine itself.
"""

from __future__ import annotations

from postgres.packages import why_not
from postgres.server import Databases, Postgres

__all__ = ["Databases", "Postgres", "why_not"]
