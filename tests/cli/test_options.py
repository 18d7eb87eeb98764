"""Words that options take."""

from __future__ import annotations

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.cli.options import seeds, usual_gpu


@given(st.integers(0, 10**6), st.integers(1, 50))
def test_a_range_of_seeds_is_that_of_python(first, n):
    """0:100 holds 0 and not 100."""
    assert seeds(f"{first}:{first + n}") == list(range(first, first + n))


@given(st.lists(st.integers(0, 10**20), min_size=1, max_size=8))
def test_a_list_of_seeds_keeps_its_order(numbers):
    """Each seed once, in the order written; seeds may be large."""
    assert seeds(",".join(map(str, numbers))) == list(dict.fromkeys(numbers))


def test_ranges_and_lists_mix():
    """A single number is that seed, not so many seeds."""
    assert seeds("5") == [5]
    assert seeds("0:3, 2, 9") == [0, 1, 2, 9]


@pytest.mark.parametrize("text", ["", "x", "-1", "3:3", "5:2", "0:", "1.5", "0:9999999"])
def test_what_is_no_seed_is_refused(text):
    """With what would be one."""
    with pytest.raises(click.BadParameter, match="0:"):
        seeds(text)


def test_the_usual_gpu_is_only_usual(tmp_path):
    """Who names a GPU gets it; who does not gets v100, or leaves it to the reader where there is none."""
    for gpu in ("a40", "p100"):
        (tmp_path / f"power_{gpu}.csv").touch()
    assert usual_gpu(str(tmp_path), "a40") == "a40"
    assert usual_gpu(str(tmp_path), None) is None
    (tmp_path / "power_v100.csv").touch()
    assert usual_gpu(str(tmp_path), None) == "v100"
