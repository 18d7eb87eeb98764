"""Waits between tries, and the deadline of all."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.service.client.backoff import Backoff, retry_after_s

SECONDS = st.floats(0.001, 1000)


@given(
    deadline_s=SECONDS,
    first_s=SECONDS,
    longest_s=SECONDS,
    draws=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=30),
    asked=st.floats(0, 100),
)
def test_waits_stay_within_their_bounds_and_the_deadline(deadline_s, first_s, longest_s, draws, asked):
    """Each wait is at least what the server asks for, at most its bound or that, and all end before the deadline."""
    now_s, left = [50.0], iter(draws)
    backoff = Backoff(deadline_s, first_s=first_s, longest_s=longest_s, draw=lambda: next(left), clock=lambda: now_s[0])
    for i in range(len(draws)):
        wait_s = backoff.wait_s(asked)
        if wait_s is None:
            assert max(asked, min(first_s * 2.0**i, longest_s)) >= 50 + deadline_s - now_s[0] - 1e-6
            return
        assert asked <= wait_s <= max(asked, min(first_s * 2.0**i, longest_s))
        now_s[0] += wait_s
        assert now_s[0] <= 50 + deadline_s + 1e-6


def test_jobs_that_lost_their_server_together_come_back_apart():
    """Full jitter spreads the third wait of many jobs over all of its 2 s."""
    waits = []
    for _ in range(200):
        backoff = Backoff(1e9)
        waits.append([backoff.wait_s() for _ in range(3)][-1])
    assert min(waits) < 0.3
    assert max(waits) > 1.7
    assert len(set(waits)) == 200


def test_training_draws_what_it_would_have_drawn():
    """The state of Python's own generator is left alone."""
    random.seed(1)
    before = random.getstate()
    Backoff(60).wait_s()
    assert random.getstate() == before


@pytest.mark.parametrize("value", ["-3", "1e9", "²", "", " ", "nan", "inf", "3 s", "\x00", "9" * 400])
def test_headers_that_make_no_sense_ask_for_no_endless_wait(value):
    """What cannot be read counts for nothing; a huge number is cut."""
    assert 0 <= retry_after_s(value) < 1e9


def test_a_date_is_a_time_from_now_on():
    """As RFC 9110 allows."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < retry_after_s(soon) <= 90


@given(st.text(max_size=60))
def test_no_header_raises(value):
    """Whatever a proxy writes."""
    assert retry_after_s(value) >= 0
