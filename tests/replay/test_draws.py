"""Chance is pinned: to numpy's stream under one discipline, to a pure function of a key under the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Job
from simulator.errors import ReplayError
from simulator.replay.draws import KeyedDraws, PublishedDraws, make_draws, split_mix

JOB = Job("d", "n", "adam", 0.5, 10)
ASKED = st.lists(st.tuples(st.sampled_from([8, 16, 32]), st.integers(1, 12)), max_size=30)


@given(st.integers(0, 2**130), st.lists(st.integers(1, 500), max_size=20))
def test_published_draws_are_those_of_pandas(seed, lengths):
    """A path is what ``DataFrame.sample(n=1)`` takes from the same generator, and nothing is drawn without a choice."""
    draws, generator = PublishedDraws(seed), np.random.default_rng(seed)
    for n in lengths:
        assert draws.path(8, n) == pd.DataFrame(index=range(n)).sample(n=1, random_state=generator).index.item()


@given(st.integers(0, 2**64), st.lists(st.integers(2**31 - 3, 2**32 - 1), min_size=5, max_size=600))
def test_published_draws_reject_as_numpy_does(seed, lengths):
    """Near 2^31 every other word is rejected, and bulk after bulk of words is used up: numpy's integers come out."""
    draws, generator = PublishedDraws(seed), np.random.default_rng(seed)
    assert [draws.path(8, n) for n in lengths] == [int(generator.integers(n)) for n in lengths]


def test_split_mix_is_the_published_function():
    """The outputs for seed 1234567 are those that implementations of SplitMix64 agree on."""
    state, outputs = 1234567, []
    for _ in range(5):
        state = (state + 0x9E3779B97F4A7C15) & (2**64 - 1)
        outputs.append(split_mix(state))
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert outputs == [*expected, 4593380528125082431, 16408922859458223821]


@given(st.integers(0), ASKED, ASKED)
def test_keyed_draws_do_not_depend_on_what_was_tried_before(seed, asked, asked_otherwise):
    """The k-th run of a batch size meets the same luck, whichever other sizes ran in between."""

    def luck_of(order):
        draws = KeyedDraws(seed, JOB)
        return [(size, draws.path(size, 1000)) for size, _ in order]

    first, second = luck_of(asked), luck_of(asked_otherwise)
    for size in (8, 16, 32):
        one = [path for batch_size, path in first if batch_size == size]
        other = [path for batch_size, path in second if batch_size == size]
        shorter = min(len(one), len(other))
        assert one[:shorter] == other[:shorter]


@given(st.integers(0), st.integers(1, 1000))
def test_keyed_draws_are_positions(seed, n_paths):
    """A draw is a position from 0 to n − 1."""
    draws = KeyedDraws(seed, JOB)
    assert all(0 <= draws.path(8, n_paths) < n_paths for _ in range(20))


@pytest.mark.parametrize("other", [Job("e", "n", "adam", 0.5, 10), Job("d", "m", "adam", 0.5, 10)])
def test_keys_tell_seeds_sizes_and_jobs_apart(other):
    """Another seed, batch size or workload meets other luck; another target of the same workload does not."""

    def luck(seed, job, size):
        draws = KeyedDraws(seed, job)
        return [draws.path(size, 1 << 30) for _ in range(4)]

    reference = luck(1, JOB, 8)
    assert luck(2, JOB, 8) != reference
    assert luck(1, JOB, 16) != reference
    assert luck(1, other, 8) != reference
    assert luck(1, Job("d", "n", "adam", 0.9, 99, default_bs=4), 8) == reference


def test_keyed_draws_are_even():
    """60,000 draws over 6 paths pass a chi-square test; with this fixed seed it fails for no luck, but for a defect."""
    draws = KeyedDraws(0, JOB)
    counts = np.bincount([draws.path(8, 6) for _ in range(60_000)], minlength=6)
    chi_square = float(((counts - 10_000) ** 2 / 10_000).sum())
    assert chi_square < 20.5  # 0.1 % of even sources exceed it, five degrees of freedom


def test_neighbouring_seeds_are_independent():
    """First draws of seeds 0 to 9,999 are even as well: seeds that follow one another share nothing."""
    counts = np.bincount([KeyedDraws(seed, JOB).path(8, 5) for seed in range(10_000)], minlength=5)
    assert float(((counts - 2000) ** 2 / 2000).sum()) < 18.5  # 0.1 %, four degrees of freedom


@pytest.mark.parametrize("seed", [-1, "zero", 1.5])
def test_impossible_seeds_are_refused(seed):
    """A seed that numpy does not take is a typed error."""
    with pytest.raises(ReplayError, match="seed is"):
        PublishedDraws(seed)


def test_a_discipline_is_a_word():
    """Both disciplines are made by name."""
    assert isinstance(make_draws("keyed", seed=1, job=JOB), KeyedDraws)
    assert isinstance(make_draws("published", seed=1, job=JOB), PublishedDraws)
