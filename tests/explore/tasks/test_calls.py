"""As few calls as cells make, and exactly their replays."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from simulator.explore.tasks.calls import gather

SEEDS = st.sampled_from([0, 1, 2, 3, 2**63 - 1, 2**63, 2**200])
KNOBS = st.tuples(st.sampled_from([0.2, 0.5, 0.8]), st.sampled_from([1.5, 2.0, float("inf")]), st.sampled_from([0, 5]))


def cells_of(pairs):
    """Cells with these knobs and seeds."""
    return [SimpleNamespace(eta=eta, beta=beta, window=window, seed=seed) for (eta, beta, window), seed in pairs]


@given(st.lists(st.tuples(KNOBS, SEEDS), min_size=1, max_size=40, unique=True))
def test_calls_make_each_cell_once_and_nothing_else(pairs):
    """Whatever is gathered, in whatever order."""
    made = [(knobs, seed) for call in gather(cells_of(pairs)) for knobs in call.knobs for seed in call.seeds]
    assert sorted(made) == sorted(pairs)


@given(st.lists(st.tuples(KNOBS, SEEDS), min_size=1, max_size=20, unique=True))
def test_parts_make_what_the_whole_makes(pairs):
    """Down to the single cell, which has no parts."""

    def leaves(call):
        return [leaf for part in call.parts() for leaf in leaves(part)] or [call]

    singles = [leaf for call in gather(cells_of(pairs)) for leaf in leaves(call)]
    assert all(len(single.seeds) == len(single.knobs) == 1 for single in singles)
    assert sorted((single.knobs[0], single.seeds[0]) for single in singles) == sorted(pairs)


def test_a_product_of_seeds_and_knobs_is_one_call():
    """Three values of η, two of β and four seeds: 24 cells."""
    pairs = [((eta, beta, 0), seed) for eta in (0.2, 0.5, 0.8) for beta in (1.5, 2.0) for seed in range(4)]
    (call,) = gather(cells_of(pairs))
    assert (call.seeds, call.etas, call.betas, call.windows) == ((0, 1, 2, 3), (0.2, 0.5, 0.8), (1.5, 2.0), (0,))


def test_what_is_no_product_is_a_call_for_each_combination_of_knobs():
    """Two knobs that go along with one another would make two replays that nobody asked for."""
    pairs = [((eta, beta, 0), seed) for eta, beta in ((0.2, 1.5), (0.5, 2.0)) for seed in range(4)]
    assert [len(call.knobs) for call in gather(cells_of(pairs))] == [1, 1]


def test_a_piece_of_a_product_is_few_calls():
    """A chunk begins and ends anywhere: the knobs cut at either end are calls of their own."""
    pairs = [((eta, 2.0, 0), seed) for eta in (0.1, 0.2, 0.3, 0.4, 0.5) for seed in range(10)][7:-4]
    assert len(gather(cells_of(pairs))) == 3


def test_seeds_beyond_64_bits_go_apart():
    """A table that holds one of them holds text for all."""
    calls = gather(cells_of([((0.5, 2.0, 0), seed) for seed in (1, 2**63, 2)]))
    assert [call.seeds for call in calls] == [(1, 2), (2**63,)]
