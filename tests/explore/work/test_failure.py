"""What went wrong, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.explore.work.failure import LONGEST_LINE, LONGEST_TRACEBACK, full_of, line_of


class UnspeakableError(Exception):
    """An error that cannot even be shown."""

    def __str__(self):
        raise RuntimeError("no words")


@given(st.text())
def test_a_line_is_one_line_that_can_be_stored(message):
    """Line breaks, control characters and lone surrogates included."""
    line = line_of(ValueError(message))
    assert len(line.splitlines()) == 1
    assert line.encode()
    assert len(line) <= LONGEST_LINE + 3
    assert line.startswith("ValueError")


def test_an_error_without_words_is_named():
    """A broken `__str__` breaks nothing else."""
    assert line_of(UnspeakableError()) == "UnspeakableError: (its message cannot be shown)"
    assert "UnspeakableError" in full_of(UnspeakableError())


def test_a_long_traceback_is_cut_in_the_middle():
    """Its beginning and its end say most."""

    def deep(n):
        if n:
            deep(n - 1)
        raise ValueError("at the bottom " + "x" * 50_000)

    try:
        deep(50)
    except ValueError as error:
        text = full_of(error)
    assert len(text) <= LONGEST_TRACEBACK + 3
    assert text.startswith("Traceback")


def test_frames_of_no_interest_are_left_out():
    """A user looks for the own code."""
    with pytest.raises(ValueError, match="invalid") as caught:
        int("x")
    assert "test_failure.py" in full_of(caught.value)
    assert "test_failure.py" not in full_of(caught.value, skip=1)
