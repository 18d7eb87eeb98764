"""Who holds how much of which token."""

from __future__ import annotations

import pytest

from simulator.errors import GridError
from simulator.explore.tokens import Holder, Leases, Token

CORES = Token("cores", 3)
GPU = Token("gpu", 1)


def test_no_more_is_given_than_there_is(leases):
    """What does not fit is refused, until something is given back."""
    two = leases.acquire([CORES.dependency(2)])
    assert leases.acquire([CORES.dependency(2)]) is None
    one = leases.acquire([CORES.dependency(1)])
    assert leases.acquire([CORES.dependency(1)]) is None
    leases.release(two)
    assert leases.acquire([CORES.dependency(2)]) is not None
    leases.release(one)
    leases.release(one)  # once more harms nobody
    assert leases.acquire([CORES.dependency(2)]) is None


def test_several_tokens_come_all_or_not_at_all(leases):
    """Whoever lacks one of them holds none, so that no two wait for each other."""
    leases.acquire([GPU.dependency()])
    assert leases.acquire([CORES.dependency(3), GPU.dependency()]) is None
    assert leases.acquire([CORES.dependency(3)]) is not None


def test_uses_of_one_token_add_up(leases):
    """A task that asks twice for the same token needs both, and can ask for no more than there is."""
    lease = leases.acquire([CORES.dependency(1), CORES.dependency(1)])
    assert [use.count for use in lease.uses] == [2]
    assert leases.acquire([CORES.dependency(2)]) is None
    with pytest.raises(GridError, match="needs 4 of token 'cores', of which there are 3"):
        leases.acquire([CORES.dependency(2), CORES.dependency(2)])
    with pytest.raises(GridError, match="name at least one token"):
        leases.acquire([])


def test_two_who_disagree_get_what_the_lower_says(leases):
    """While somebody holds some of what he says are two, there are two for all; then the number is the next one's."""
    low, high = Token("cores", 2), Token("cores", 5)
    held = leases.acquire([low.dependency(1)])
    assert leases.acquire([high.dependency(2)]) is None
    also = leases.acquire([high.dependency(1)])
    leases.release(held)
    assert leases.acquire([low.dependency(2)]) is None
    more = leases.acquire([high.dependency(4)])
    assert more is not None
    leases.release(also, more)
    assert leases.acquire([low.dependency(2)]) is not None


def test_a_driver_finds_what_it_held(leases):
    """After a restart, leases of jobs that go on elsewhere are found by what they are for."""
    lease = leases.acquire([GPU.dependency()], [Holder.remote("slurm job 7")], what="/sweeps chunk 1")
    assert leases.find("/sweeps chunk 1") == [lease]
    assert leases.find("/sweeps chunk 2") == []
    assert leases.join(lease, Holder.process())
    assert {holder.name for holder in leases.find()[0].holders} == {"slurm job 7", Holder.process().name}
    leases.release(lease)
    assert not leases.join(lease, Holder.process())


def test_the_folder_is_the_users(monkeypatch, tmp_path):
    """Sweeps in different folders share tokens; the environment says where."""
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path / "state"))
    assert Leases().acquire([GPU.dependency()]) is not None
    assert Leases(tmp_path / "state").acquire([GPU.dependency()]) is None


@pytest.mark.parametrize("n", [0, -1, 4, 1.0, True, "2"])
def test_a_task_asks_for_what_it_can_get(n):
    """A need that can never be met is refused when it is said, and not waited for."""
    with pytest.raises(GridError, match="give a whole number from 1 to that"):
        CORES.dependency(n)


@pytest.mark.parametrize(("name", "capacity"), [("", 1), (None, 1), ("x", 0), ("x", 1.5), ("x", None)])
def test_a_token_has_a_name_and_a_capacity(name, capacity):
    """Both are checked when it is made."""
    with pytest.raises(GridError, match="token"):
        Token(name, capacity)


def test_calling_a_token_makes_a_task_need_it():
    """`token(n, task)` is the same as adding the dependency, and returns the task."""

    class Task:
        def add_dependencies(self, *uses):
            self.uses = uses
            return self

    task = Task()
    assert CORES(2, task) is task
    assert task.uses == (CORES.dependency(2),)
