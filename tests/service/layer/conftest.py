"""Sessions with a database of the test's own."""

from __future__ import annotations

import pytest
from layered import Sessions


@pytest.fixture
def sessions(database, run_async) -> Sessions:
    """Sessions with a database of each kind."""
    return Sessions(database, run_async)
