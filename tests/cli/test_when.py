"""Times as users write them."""

from __future__ import annotations

from datetime import datetime

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.cli.when import clock, moment
from simulator.compare.pricing import seconds_into_week


@given(st.integers(0, 7 * 24 * 60 - 1))
def test_what_a_clock_shows_can_be_read_again(minutes):
    """Every minute of the week."""
    assert moment(clock(60.0 * minutes)) == 60.0 * minutes


@pytest.mark.parametrize("text", ["Tue 08:00", "tuesday 8:00", "2026-01-06T08:00", "2026-01-06 08:00"])
def test_a_tuesday_is_a_tuesday(text):
    """By its name, or by its date."""
    assert seconds_into_week(moment(text)) == 86400 + 8 * 3600


def test_a_date_alone_is_its_midnight():
    """As in Python."""
    assert moment("2026-01-06") == datetime(2026, 1, 6)


@pytest.mark.parametrize("text", ["", "08:00", "Mon", "Mon 24:00", "Mon 8:60", "Mom 8:00", "2026-13-01", "noon"])
def test_what_is_no_time_is_refused(text):
    """With what would be one."""
    with pytest.raises(click.BadParameter, match="write 'Mon 08:00'"):
        moment(text)
