"""Tasks submitted in a block run when it is left, or waited for; each once."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest
from tiny_sweep import Sum, Told, cells, states, times_ran

from simulator.errors import ConfigError, ExploreError, FailedCellsError, FolderInUseError, GridError
from simulator.explore import experiment, product
from simulator.explore.driver import ask

BOTH = pytest.mark.parametrize("executor", ["inline", "pool"])


@BOTH
def test_leaving_the_block_waits_and_running_it_again_runs_nothing(folder, executor):
    """What has a result does not run again, in whatever order it is submitted."""
    for order in (range(6), reversed(range(6))):
        with experiment(folder, "sums", executor=executor) as xp:
            tasks = [Told(x=x).submit() for x in order]
        assert str(xp.run.counts) == "6 done"
        assert [times_ran(folder, task) for task in tasks] == [1] * 6


@BOTH
def test_a_task_runs_after_those_in_its_fields_and_reads_their_rows(folder, executor):
    """Even if nobody submitted them."""
    with experiment(folder, "sums", executor=executor) as xp:
        total = Sum(parts=[Told(x=1), Told(x=2)], more=10).submit()
        assert xp.wait().done == 3
        assert total.result()["y"].item() == 14.0
    assert xp.run.counts.total == 3


@BOTH
def test_what_needs_a_failed_task_is_blocked_and_others_go_on(folder, executor):
    """The reason names the task, and a retry runs both."""
    broken = Told(x=3, does="raise until told")
    needs = Sum(parts=[broken])

    def plan():
        with experiment(folder, "sums", executor=executor):
            Sum(parts=[Told(x=1)], more=1).submit()
            broken.submit()
            needs.submit()

    with pytest.raises(FailedCellsError, match=r"1 of 4 cells failed(?s:.*)nobody told") as caught:
        plan()
    jobs = folder / "jobs" / broken.id[:20]
    counts = caught.value.run.counts
    assert (counts.done, counts.failed, counts.blocked) == (2, 1, 1)
    reason = next(cell.reason for cell in cells(folder, "sums") if cell.id == needs.id)
    assert broken.id[:20] in reason
    assert "failed" in reason
    (jobs / "told").touch()
    with experiment(folder, "sums", executor=executor, on_failure="keep") as xp:  # nothing asked for a retry
        Sum(parts=[Told(x=3, does="raise until told")]).submit()
    assert (xp.run.counts.failed, xp.run.counts.blocked) == (1, 1)
    with experiment(folder, "sums", executor=executor, retry="failed") as xp:
        Sum(parts=[Told(x=3, does="raise until told")]).submit()
    assert str(xp.run.counts) == "2 done"


def test_added_dependencies_order_tasks_and_a_circle_is_refused(folder):
    """Nothing is changed by a plan that contradicts itself."""
    with experiment(folder, "order", executor="inline") as xp:
        first = Told(x=1)
        second = Told(x=2).add_dependencies(first).submit()
        first.submit()
        xp.wait()
        marks = [next((folder / "jobs" / task.id[:20]).iterdir()).name for task in (first, second)]
        assert marks == sorted(marks)

    def circle():
        with experiment(folder, "circle", executor="inline"):
            one, two, three = Told(x=1), Told(x=2), Told(x=3)
            one.add_dependencies(two)
            two.add_dependencies(three)
            three.add_dependencies(one)
            one.submit()

    with pytest.raises(GridError, match="wait for each other"):
        circle()
    with pytest.raises(LookupError):
        states(folder, "circle")


def test_callbacks_are_called_before_wait_returns_and_one_that_raises_stops_nothing(folder, caplog):
    """Each once; for results of an earlier run, too; what they submit runs."""
    for _ in range(2):
        called = []

        def more(task, called=called):
            called.append(task.x)
            if task.x == 1:
                Told(x=10).on_completed(lambda task: called.append(task.x)).submit()

        def bad(task):
            raise KeyError("bad")

        with experiment(folder, "callbacks", executor="inline") as xp:
            for x in range(3):
                Told(x=x).on_completed(bad).on_completed(more).submit()
            assert xp.wait().done == 4
            assert sorted(called) == [0, 1, 2, 10]
        assert len(xp.run.callback_errors) == 3
        assert "KeyError: 'bad'" in xp.run.callback_errors[0]


def test_the_same_task_twice_is_one_task_with_the_callbacks_of_both(folder):
    """A second submit returns the first object."""
    called = []
    with experiment(folder, "twice", executor="inline") as xp:
        first = Told(x=1).on_completed(lambda _: called.append("a")).submit()
        assert Told(x=1).on_completed(lambda _: called.append("b")).submit() is first
    assert called == ["a", "b"]
    assert (xp.run.counts.total, xp.run.duplicates) == (1, 1)


def test_the_same_task_twice_needs_what_either_needs(folder):
    """All the tasks, and of each token the larger number; also where one is only needed, or was ready already."""
    with experiment(folder, "needs", executor="inline") as xp:
        cores, gpu = xp.token("cores", 4), xp.token("gpu", 1)
        order = []
        for x in (2, 3, 4):
            Told(x=x).on_completed(lambda task: order.append(task.x)).submit()
        late = cores(1, Told(x=5)).on_completed(lambda task: order.append(task.x)).submit()
        first = cores(2, Told(x=1).add_dependencies(Told(x=2), gpu.dependency())).submit()
        first.on_completed(lambda task: order.append(task.x))
        cores(3, Told(x=1).add_dependencies(Told(x=2))).submit()
        assert [(use.token.name, use.count) for use in first.tokens] == [("gpu", 1), ("cores", 3)]
        Told(x=6).add_dependencies(cores(1, Told(x=1).add_dependencies(Told(x=3)))).submit()
        assert xp.wait(timeout_s=0).pending >= 2
        gpu(1, Told(x=5).add_dependencies(Told(x=1))).submit()
        assert xp.wait().done == 6
        assert [task.x for task in first.dependencies()] == [2, 3]
        assert [(use.token.name, use.count) for use in late.tokens] == [("cores", 1), ("gpu", 1)]
    assert order == [2, 3, 4, 1, 5]


def test_equal_tasks_that_wait_for_each_other_are_refused(folder):
    """The circle is found also if it is closed by a task that waits already."""

    def circle():
        with experiment(folder, "late", executor="inline") as xp:
            Told(x=1).submit()
            Told(x=2).add_dependencies(Told(x=1)).submit()
            xp.wait(timeout_s=0)
            Told(x=1).add_dependencies(Told(x=2)).submit()

    with pytest.raises(GridError, match="wait for each other"):
        circle()


def test_a_callback_that_comes_after_the_result_is_called_by_the_next_wait(folder):
    """Given to the task itself, or to the same task submitted again; the others are not called again."""
    called = []
    with experiment(folder, "late", executor="inline") as xp:
        first = Told(x=1).on_completed(lambda _: called.append("a")).submit()
        xp.wait()
        first.on_completed(lambda _: called.append("b"))
        xp.wait()
        assert called == ["a", "b"]
        Told(x=1).on_completed(lambda _: called.append("c")).submit()
        xp.wait()
        assert called == ["a", "b", "c"]
    assert called == ["a", "b", "c"]


def test_waiting_ends_when_the_time_is_over_and_goes_on_later(folder):
    """What is left is in the counts."""
    with experiment(folder, "slow", executor="pool", workers=1) as xp:
        for x in range(2):
            Told(x=x, does="add").submit()
        waits = Told(x=5, does="wait").submit()
        assert xp.wait(timeout_s=0.0).left == 3
        assert xp.wait(timeout_s=2.0).left >= 1
        with pytest.raises(ExploreError, match="no result yet"):
            waits.result()
        assert ask(folder, "cancel", [waits.id], reason="too slow") == "asked"
    assert (xp.run.counts.done, xp.run.counts.cancelled) == (2, 1)


def test_a_block_that_raises_runs_nothing_and_unlinks_nothing(folder):
    """The plan was not complete."""
    with experiment(folder, "kept", executor="inline"):
        kept = [Told(x=x).submit().id for x in range(3)]
    with suppress(ZeroDivisionError), experiment(folder, "kept", executor="inline"):
        Told(x=9).submit()
        raise ZeroDivisionError
    assert list(states(folder, "kept")) == kept


def test_what_is_not_submitted_any_more_is_unlinked_at_the_end_only(folder):
    """While the block lasts, a wait does not take the plan for complete."""
    with experiment(folder, "edited", executor="inline"):
        old = [Told(x=x).submit() for x in range(3)]
    with experiment(folder, "edited", executor="inline") as xp:
        Told(x=2).submit()
        xp.wait()
        assert set(states(folder, "edited")) == {task.id for task in old}
        Told(x=7).submit()
    assert xp.run.unlinked == 2
    assert list(states(folder, "edited")) == [Told(x=2).seal().id, Told(x=7).seal().id]
    with experiment(folder, "edited", executor="inline") as xp:  # their results were kept
        for x in range(3):
            Told(x=x).submit()
    assert [times_ran(folder, task) for task in old] == [1, 1, 1]


def test_two_drivers_cannot_share_a_folder(folder):
    """The second one is told who is there."""
    second = experiment(folder, "two", executor="inline")
    with experiment(folder, "one", executor="inline"), pytest.raises(FolderInUseError, match=str(os.getpid())):
        second.__enter__()


def test_paths_are_there_when_they_are_asked_for(folder):
    """Of the experiment, and of each task; the launcher schedules, too."""
    with experiment(folder, "paths", executor="inline") as xp:
        assert xp.resultspath == folder / "grids" / "paths" / "results"
        assert xp.resultspath.is_dir()
        (task,) = xp.launcher.bind(Told)(product(x=[1]))
        assert task.jobpath.is_dir()
    assert (folder / "grids" / "paths" / "manifest.json").exists()


def test_what_makes_no_sense_is_refused_before_anything_is_made(folder):
    """The folder is not even there."""
    with pytest.raises(ConfigError, match="on_failure"), experiment(folder, "x", on_failure="ignore"):
        pass
    with pytest.raises(ConfigError, match="no executor is called"), experiment(folder, "x", executor="pols"):
        pass
    assert not folder.exists()
