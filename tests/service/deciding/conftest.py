"""A dispatcher on a database of each kind, with a clock that is set by hand."""

from __future__ import annotations

import pytest
from live_jobs import Clock, make_dispatcher


@pytest.fixture
def clock():
    """A clock that moves when it is told to."""
    return Clock()


@pytest.fixture
def dispatcher(database, clock):
    """A dispatcher with leases of a minute."""
    return make_dispatcher(database, clock)
