"""Numbers in tables for people."""

from __future__ import annotations

import math

import pytest

from simulator.cli.cells import change, energy, number, time


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (number(1234.5), "1.23e+03"),
        (number(0.12345), "0.123"),
        (change(9.94), "+9.9%"),
        (change(-9.96), "-10%"),
        (change(-0.01), "+0.0%"),
        (energy(2.5e6), "2.5\N{NO-BREAK SPACE}MJ"),
        (time(7200.0), "2\N{NO-BREAK SPACE}h"),
        *((write(math.nan), "–") for write in (number, change, energy, time)),
    ],
)
def test_three_digits_are_enough(written, text):
    """A decimal for small changes, no minus before nothing, and a unit that suits the size."""
    assert written == text
