"""How many cells share a chunk, and which."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulator.explore.driver.chunks import GROWTH, TARGET_S, Group, Queue, Sizer

COUNTS = st.integers(1, 10**6)


@given(COUNTS, st.integers(1, 64), st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 1e4)), max_size=5))
def test_nobody_idles_because_of_a_chunk_that_is_too_large(ready, slots, past):
    """A chunk is never more than a share of what is left, and never nothing."""
    sizer = Sizer()
    for cells, work_s in past:
        sizer.learn("Fit", cells, work_s)
    size = sizer.size("Fit", ready=ready, slots=slots)
    assert 1 <= size <= max(1, -(-ready // (2 * slots)))


def test_chunks_of_an_unknown_kind_are_small_and_grow():
    """Until they are about a second of work."""
    sizer, sizes = Sizer(), []
    for _ in range(8):
        sizes.append(sizer.size("Fit", ready=10**6, slots=4))
        sizer.learn("Fit", sizes[-1], sizes[-1] * 1e-3)
    assert sizes[0] <= 4
    assert all(after <= GROWTH * before for before, after in pairwise(sizes))
    assert sizes[-1] == 1000 * TARGET_S


def test_a_first_call_that_was_slow_is_forgotten():
    """Compiling costs seconds once; the next chunks tell what cells really take."""
    sizer = Sizer()
    sizer.learn("Fit", 4, 8.0)
    assert sizer.size("Fit", ready=10**6, slots=4) == 1
    for _ in range(30):
        size = sizer.size("Fit", ready=10**6, slots=4)
        sizer.learn("Fit", size, size * 1e-3)
    assert sizer.size("Fit", ready=10**6, slots=4) > 300


def test_long_cells_go_one_by_one():
    """A minute each is more than a chunk is to be."""
    sizer = Sizer()
    sizer.learn("Fit", 2, 120.0)
    assert sizer.size("Fit", ready=100, slots=4) == 1


def test_groups_take_turns_and_cells_keep_their_order():
    """What was served goes behind the others."""
    queue = Queue()
    queue.put(Group("a"), range(4))
    queue.put(Group("b"), range(10, 12))
    served = []
    while len(queue):
        group = next(iter(queue.groups()))
        served += queue.take(group, 2)
    assert served == [0, 1, 10, 11, 2, 3]
    queue.put(Group("a"), range(5))
    queue.drop({1, 3})
    assert queue.take(Group("a"), 9) == [0, 2, 4]
