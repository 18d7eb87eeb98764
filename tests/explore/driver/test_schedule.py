"""Who waits for whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import GridError
from simulator.explore import Task, experiment, run_grid
from simulator.explore.driver.schedule import Schedule, check_circles

#: Each cell may need cells before it.
GRAPHS = st.integers(1, 12).flatmap(
    lambda n: st.tuples(*(st.sets(st.integers(0, max(0, i - 1)), max_size=min(i, 4)) for i in range(n)))
)
#: A plan of tasks that wait for each other in a row.
CHAIN = """
from simulator.explore import Task
class Link(Task):
    x: int
    def execute(self):
        return {"y": self.x}

def explorer(launcher):
    last = None
    for x in range(400):
        link = Link(x=x)
        last = launcher(link if last is None else link.add_dependencies(last))
"""


@given(GRAPHS, st.randoms(use_true_random=False))
def test_each_cell_is_freed_once_and_after_all_that_it_needs(needs, draws):
    """In whatever order those that are ready end."""
    needs = [set() if i == 0 else wanted for i, wanted in enumerate(needs)]
    schedule = Schedule()
    for position, wanted in enumerate(needs):
        schedule.add(position, wanted)
    ready = [position for position in range(len(needs)) if schedule.ready(position)]
    ended = []
    while ready:
        position = ready.pop(draws.randrange(len(ready)))
        assert needs[position] <= set(ended)
        ended.append(position)
        ready += schedule.done(position)
    assert sorted(ended) == list(range(len(needs)))


@given(GRAPHS)
def test_what_is_behind_a_cell_is_all_that_needs_it(needs):
    """Directly or not."""
    needs = [set() if i == 0 else wanted for i, wanted in enumerate(needs)]
    schedule = Schedule()
    for position, wanted in enumerate(needs):
        schedule.add(position, wanted)
    behind = {0}
    for position, wanted in enumerate(needs):
        if wanted & behind:
            behind.add(position)
    assert set(schedule.behind(0)) == behind - {0}
    assert all(cause in needs[other] for other, cause in schedule.behind(0).items())


def test_a_circle_is_named():
    """So that one knows what to take out."""
    check_circles({"a": ["b"], "b": ["c"]}, str)
    with pytest.raises(GridError, match=r"b -> c -> b|c -> b -> c"):
        check_circles({"a": ["b"], "b": ["c"], "c": ["b"]}, str)


def test_a_long_chain_runs(tmp_path, folder):
    """What travels with a task does not grow with the chain behind it."""
    (plan := tmp_path / "plan.py").write_text(CHAIN)
    assert run_grid(plan, folder=folder, workers=2).counts.done == 400


class Fails(Task):
    """Cannot be done."""

    x: int

    def execute(self):
        raise ValueError(self.x)


def test_all_behind_a_failure_is_blocked_with_its_own_reason(folder):
    """The first in a row needs what failed; the next needs what is blocked."""
    with experiment(folder, "row", executor="inline", on_failure="keep") as xp:
        first = Fails(x=0)
        second = Fails(x=1).add_dependencies(first)
        third = Fails(x=2).add_dependencies(second).submit()
    assert (xp.run.counts.failed, xp.run.counts.blocked) == (1, 2)
    from tiny_sweep import cells

    reasons = {cell.id: cell.reason for cell in cells(folder, "row")}
    assert reasons[second.id].endswith("which failed")
    assert reasons[third.id].endswith("which is blocked itself")
